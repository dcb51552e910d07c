-- BeginBlocks: says that a day's blocks are being built; under the site's fold lock. Before any event is read: who changes them later finds the row.
--   $1 site_id integer · $2 day date · $3 starts_at · $4 ends_at timestamptz · $5 build uuid · $6 format smallint
--   Returns the first part's number integer, the last entry of scan_stale that is there bigint; nothing when the day has its blocks, and they are its events'.  Index: scan_days_pkey, scan_stale_pkey
-- Blocks that are there may be read until the new ones are.
with day as (
  insert into scan_days as d (site_id, day, starts_at, ends_at, builds_until, build, format) values ($1, $2, $3, $4, $4, $5, $6)
  on conflict (site_id, day) do update set starts_at = excluded.starts_at, builds_until = excluded.builds_until, build = excluded.build, format = excluded.format,
    ends_at = case when (d.starts_at, d.format) = (excluded.starts_at, excluded.format) and d.ends_at <= excluded.ends_at then d.ends_at else excluded.ends_at end,
    blocks = case when (d.starts_at, d.format) = (excluded.starts_at, excluded.format) and d.ends_at <= excluded.ends_at then d.blocks end
  where d.blocks is null or (d.starts_at, d.ends_at, d.format) <> (excluded.starts_at, excluded.ends_at, excluded.format)
    or exists (select from scan_stale s where s.site_id = $1 and s.day = $2)
  returning d.day
)
select (select coalesce(max(part) + 1, 0) from scan_blocks where site_id = $1 and day = $2), (select coalesce(max(id), 0) from scan_stale where site_id = $1 and day = $2) from day
