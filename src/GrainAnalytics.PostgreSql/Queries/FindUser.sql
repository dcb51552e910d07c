-- FindUser: a user, also by another id of theirs.
--   $1 site_id integer · $2 user_id text
--   Returns user_id, first_seen_at, last_seen_at, events, sessions.  Index: users_pkey
select user_id, first_seen_at, last_seen_at, events, sessions from users where site_id = $1
  and user_id = coalesce((select i.user_id from identities i where i.site_id = $1 and i.alias_id = $2 and i.is_folded), $2)
