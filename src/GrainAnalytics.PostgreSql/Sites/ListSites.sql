-- ListSites: all sites in the order in which they were made; columns of FindSite
select site_id, name, domain, time_zone, events_per_day, events_per_second from sites order by site_id
