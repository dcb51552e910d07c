-- FindPersons: who these ids are, of those that are somebody else.
--   $1 site_id integer · $2 ids text[]
--   Returns alias_id, user_id.  Index: identities_pkey
select i.alias_id, i.user_id from unnest($2::text[]) q (id) join identities i on i.alias_id = q.id and i.site_id = $1 and i.is_folded
