-- ReadAliases: other ids of a user, the latest first.
--   $1 site_id integer · $2 user_id text · $3 limit bigint
--   Returns alias_id.  Index: identities_by_user
select alias_id from identities where site_id = $1 and user_id = $2 order by linked_at desc, alias_id limit $3
