-- FindNamed: the site of a domain or a number, if it has a write key that need not sign; of several the oldest.
--   $1 domain text, in lower case and without "www." · $2 site_id integer · returns the columns of FindSite
select site_id, name, domain, time_zone, events_per_day, events_per_second from sites s
where (regexp_replace(lower(domain), '^www\.', '') = $1 or site_id = $2)
  and exists (select from site_keys k where k.site_id = s.site_id and k.kind = 'write' and not k.requires_signature)
order by regexp_replace(lower(domain), '^www\.', '') is distinct from $1, site_id limit 1
