-- FindKey: the site of a key.  $1 key_hash bytea
--   Returns kind, signing_salt bytea or null, requires_signature, then the columns of FindSite.
select k.kind, k.signing_salt, k.requires_signature, s.site_id, s.name, s.domain, s.time_zone, s.events_per_day, s.events_per_second
from site_keys k join sites s using (site_id) where k.key_hash = $1
