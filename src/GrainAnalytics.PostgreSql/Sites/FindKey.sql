-- FindKey: the site of a key.  $1 key_hash bytea · returns kind, then the columns of FindSite
select k.kind, s.site_id, s.name, s.domain, s.time_zone, s.events_per_day, s.events_per_second
from site_keys k join sites s using (site_id) where k.key_hash = $1
