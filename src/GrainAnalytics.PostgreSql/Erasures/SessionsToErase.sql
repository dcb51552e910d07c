-- SessionsToErase: sessions as they are, without an order.
--   $1 site_id integer · $2 session_id text[]
--   Returns session_id, started_at, last_seen_at, event_count, users text[].  Index: sessions_pkey
select s.session_id, s.started_at, s.last_seen_at, s.event_count, s.other_users || s.user_id
from unnest($2::text[]) q (session_id) join sessions s on s.session_id = q.session_id and s.site_id = $1
