-- SetSigning: turns a key's signing on or changes it.
--   $1 key_hash bytea · $2 salt bytea, taken when the key has none · $3 true to take it in any case · $4 whether signatures are required
--   Returns the salt that holds; no row when there is no such key.
update site_keys set signing_salt = case when $3 then $2 else coalesce(signing_salt, $2) end, requires_signature = $4
where key_hash = $1 returning signing_salt
