-- EndBlocks: from now on a day's new blocks are read; under the site's fold lock. No row: the day is gone since BeginBlocks.
--   $1 site_id integer · $2 day date · $3 build uuid · $4 number of the first part integer · $5 blocks integer · $6 events bigint · $7 last entry of scan_stale when it began bigint
--   Index: scan_days_pkey, scan_blocks_pkey, scan_stale_pkey
with day as (update scan_days set blocks = $5, events = $6, first_part = $4, ends_at = builds_until where site_id = $1 and day = $2 and build = $3 returning day),
  stale as (delete from scan_stale s using day where s.site_id = $1 and s.day = day.day and s.id <= $7),
  old as (delete from scan_blocks b using day where b.site_id = $1 and b.day = day.day and b.part < $4)
select day from day
