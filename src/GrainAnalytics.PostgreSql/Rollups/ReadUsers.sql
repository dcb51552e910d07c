-- ReadUsers: what is known of these users.
--   $1 site_id integer · $2 user_id text[]
--   Returns user_id, first_seen_at, last_seen_at, events, sessions, hours.  Index: users_pkey
select u.user_id, u.first_seen_at, u.last_seen_at, u.events, u.sessions, u.hours
from unnest($2::text[]) q (user_id) join users u on u.user_id = q.user_id and u.site_id = $1
