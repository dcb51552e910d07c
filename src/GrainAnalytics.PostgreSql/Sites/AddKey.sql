-- AddKey: $1 key_hash bytea · $2 site_id integer · $3 kind text. A key that exists keeps its site and kind.
insert into site_keys (key_hash, site_id, kind) values ($1, $2, $3) on conflict do nothing
