-- ReadSession: a session and its newest events, as of one moment; no row when it is unknown.
--   $1 site_id integer · $2 session_id text · $3 limit bigint
--   Returns the session's columns, then an event's, one row an event (events null when there is none).
--   Index: sessions_pkey, then events_by_user for each of its users.
select s.started_at, s.last_seen_at, s.event_count, s.user_id,
  e.occurred_at, e.received_at, e.key, e.event_id, e.user_id, e.session_id, e.anonymous_id, e.type, e.payload
from sessions s
left join lateral (
  select * from events
  where events.site_id = s.site_id and events.user_id = any (s.other_users || s.user_id) and events.session_id = s.session_id
    and events.occurred_at >= s.started_at and events.occurred_at <= s.last_seen_at
  order by occurred_at desc, coalesce(event_id, key::text) collate "C" desc limit $3) e on true
where s.site_id = $1 and s.session_id = $2
order by e.occurred_at desc, coalesce(e.event_id, e.key::text) collate "C" desc
