-- FullOfStale: which of some days have more entries of users whose events are others than a number; under the site's fold lock.
--   $1 site_id integer · $2 day date[] · $3 entries bigint
--   Returns day date.  Index: scan_stale_pkey
select day from unnest($2::date[]) d (day) where exists (select from scan_stale s where s.site_id = $1 and s.day = d.day offset $3)
