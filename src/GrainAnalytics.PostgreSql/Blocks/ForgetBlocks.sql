-- ForgetBlocks: the events of some days are others now; under the site's fold lock.
--   $1 site_id integer · $2 day date[]
--   Index: scan_days_pkey, scan_blocks_pkey, scan_stale_pkey
with days as (delete from scan_days where site_id = $1 and day = any ($2::date[]) returning day),
  stale as (delete from scan_stale s using days d where s.site_id = $1 and s.day = d.day)
delete from scan_blocks b using days d where b.site_id = $1 and b.day = d.day
