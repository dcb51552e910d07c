-- DaysWithBlocks: which of some days have blocks, or get them, and up to when; under the site's fold lock.
--   $1 site_id integer · $2 day date[]
--   Returns day date, until timestamptz.  Index: scan_days_pkey
select day, greatest(ends_at, builds_until) from scan_days where site_id = $1 and day = any ($2::date[])
