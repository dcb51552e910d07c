-- EraseIdentities: forgets who is who among these ids.  $1 site_id integer · $2 ids text[]
delete from identities where site_id = $1 and (alias_id = any ($2::text[]) or user_id = any ($2::text[]))
