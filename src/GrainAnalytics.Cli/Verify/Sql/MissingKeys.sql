-- MissingKeys: acknowledged keys that are not stored.
--   $1 site_id integer · $2 keys uuid[]
--   Returns key uuid, why it was set aside (null: it was not).  Index: event_keys_pkey, dead_letters (site_id, key)
select k.key, (select d.reason || ' ' || d.detail from dead_letters d where d.site_id = $1 and d.key = k.key)
from unnest($2) k(key)
where not exists (select from event_keys s where s.key = k.key and s.site_id = $1)
