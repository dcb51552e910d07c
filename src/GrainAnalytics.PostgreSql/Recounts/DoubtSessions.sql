-- DoubtSessions: remembers sessions with an event on a day, or said to begin or end on it, that do not agree with the events of their users.
--   $1 site_id integer · $2 start, inclusive, $3 end, exclusive, of the day timestamptz · $4 from when on events are complete timestamptz
--   Index: events_by_time, sessions_pkey, events_by_user
with today as materialized (
  select session_id, user_id from events where site_id = $1 and occurred_at >= $2 and occurred_at < $3 and session_id is not null group by 1, 2
), people as (
  select session_id, user_id from today
  union
  select s.session_id, unnest(s.other_users || s.user_id) from sessions s join (select distinct session_id from today) t using (session_id) where s.site_id = $1
), expected as (
  select p.session_id, count(*) as n, min(e.occurred_at) as started_at, max(e.occurred_at) as ended_at, array_agg(distinct e.user_id) as users
  from people p join events e on e.user_id = p.user_id and e.site_id = $1 and e.session_id = p.session_id group by 1
)
insert into doubtful_sessions (session_id)
select e.session_id from expected e left join sessions s on s.session_id = e.session_id and s.site_id = $1
where s.session_id is null or s.started_at >= $4 and ((s.event_count, s.started_at, s.last_seen_at) is distinct from (e.n, e.started_at, e.ended_at)
  or cardinality(e.users) <= 64 and e.users is distinct from (select array_agg(distinct u order by u) from unnest(s.other_users || s.user_id) u))
union
select session_id from sessions where site_id = $1 and started_at >= $4 and (started_at >= $2 and started_at < $3 or last_seen_at >= $2 and last_seen_at < $3)
  and session_id not in (select session_id from today)
