-- ReadZones: time zones of sites.
--   $1 site_id integer[]
--   Returns site_id, time_zone
select site_id, time_zone from sites where site_id = any ($1)
