-- FindSite: a site by its number.
--   $1 site_id integer · returns site_id, name, domain, time_zone, events_per_day, events_per_second
select site_id, name, domain, time_zone, events_per_day, events_per_second from sites where site_id = $1
