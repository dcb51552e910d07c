-- DaysWithBlocks: which of some days have blocks, or get them; under the site's fold lock.
--   $1 site_id integer · $2 day date[]
--   Returns day date.  Index: scan_days_pkey
select day from scan_days where site_id = $1 and day = any ($2::date[])
