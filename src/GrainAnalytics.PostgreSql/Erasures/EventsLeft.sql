-- EventsLeft: what others did in sessions that they shared with who is erased; after their events were deleted. Of a session with more users than its
-- row names all events of its time are asked.
--   $1 site_id integer · $2 session_id text[]
--   Returns session_id, occurred_at, user_id, path, type, is_bot, key.  Index: sessions_pkey, events_by_user, events_by_time
select s.session_id, e.occurred_at, e.user_id, e.path, e.type, e.is_bot, e.key
from unnest($2::text[]) q (session_id) join sessions s on s.session_id = q.session_id and s.site_id = $1
cross join lateral (select * from events where events.site_id = $1 and events.user_id = any (s.other_users || s.user_id) and events.session_id = s.session_id
  and events.occurred_at >= s.started_at and events.occurred_at <= s.last_seen_at) e
where coalesce(cardinality(s.other_users), 0) < 64
union all
select s.session_id, e.occurred_at, e.user_id, e.path, e.type, e.is_bot, e.key
from unnest($2::text[]) q (session_id) join sessions s on s.session_id = q.session_id and s.site_id = $1
cross join lateral (select * from events where events.site_id = $1 and events.session_id = s.session_id
  and events.occurred_at >= s.started_at and events.occurred_at <= s.last_seen_at) e
where cardinality(s.other_users) >= 64
