-- FindUser: a user.
--   $1 site_id integer · $2 user_id text
--   Returns user_id, first_seen_at, last_seen_at, events, sessions.  Index: users_pkey
select user_id, first_seen_at, last_seen_at, events, sessions from users where site_id = $1 and user_id = $2
