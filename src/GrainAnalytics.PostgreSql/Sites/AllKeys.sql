-- AllKeys: keys without a signing secret, newest first.  $1 limit integer · returns key_hash bytea, kind text, then the columns of FindSite
select k.key_hash, k.kind, s.site_id, s.name, s.domain, s.time_zone, s.events_per_day, s.events_per_second
from site_keys k join sites s using (site_id) where k.signing_salt is null order by k.created_at desc limit $1
