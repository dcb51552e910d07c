-- RemoveKey: $1 site_id integer · $2 key_hash bytea
delete from site_keys where site_id = $1 and key_hash = $2
