-- NamedSites: sites that may be found by domain or number, oldest first.  $1 limit integer · returns the columns of FindSite
select site_id, name, domain, time_zone, events_per_day, events_per_second from sites s
where exists (select from site_keys k where k.site_id = s.site_id and k.kind = 'write' and not k.requires_signature)
order by site_id limit $1
