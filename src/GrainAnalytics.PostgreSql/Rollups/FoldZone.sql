-- FoldZone: a site's time zone; it does not change while the fold lock is held.
--   $1 site_id integer
--   Returns time_zone text
select time_zone from sites where site_id = $1
