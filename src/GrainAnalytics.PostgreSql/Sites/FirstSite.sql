-- FirstSite: the first site's number and time zone, no row when there is none.
select site_id, time_zone from sites order by site_id limit 1
