-- ClearSigning: turns a key's signing off.  $1 key_hash bytea
update site_keys set signing_salt = null, requires_signature = false where key_hash = $1
