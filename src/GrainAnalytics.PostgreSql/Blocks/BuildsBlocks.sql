-- BuildsBlocks: whether the day that is being built is still there; under the site's fold lock.
--   $1 site_id integer · $2 day date · $3 build uuid
--   Returns boolean.  Index: scan_days_pkey
select exists (select from scan_days where site_id = $1 and day = $2 and build = $3)
