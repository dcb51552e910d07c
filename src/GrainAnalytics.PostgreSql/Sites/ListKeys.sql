-- ListKeys: a site's keys, oldest first.  $1 site_id integer · returns key_hash bytea, kind text
select key_hash, kind from site_keys where site_id = $1 order by created_at, key_hash
