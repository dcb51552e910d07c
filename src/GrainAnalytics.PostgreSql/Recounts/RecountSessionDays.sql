-- RecountSessionDays: compares the sessions that began on a day, and repairs.
--   $1 site_id integer · $2 day date
--   Returns what text, found bigint, expected bigint
with differences as (
  select coalesce(s.sessions, 0) as found, coalesce(e.sessions, 0) as sessions, coalesce(e.bounces, 0) as bounces, coalesce(e.views, 0) as views,
    coalesce(e.duration_ms, 0) as duration_ms, coalesce(e.durations, '') as durations
  from (select * from session_days where site_id = $1 and day = $2) e full join (select * from stored_session_days where site_id = $1 and day = $2) s using (site_id)
  where (coalesce(s.sessions, 0), coalesce(s.bounces, 0), coalesce(s.views, 0), coalesce(s.duration_ms, 0), coalesce(s.durations, ''))
    <> (coalesce(e.sessions, 0), coalesce(e.bounces, 0), coalesce(e.views, 0), coalesce(e.duration_ms, 0), coalesce(e.durations, ''))
), written as (
  insert into stored_session_days (site_id, day, sessions, bounces, views, duration_ms, durations)
  select $1, $2, sessions, bounces, views, duration_ms, durations from differences
  on conflict (site_id, day) do update set sessions = excluded.sessions, bounces = excluded.bounces, views = excluded.views,
    duration_ms = excluded.duration_ms, durations = excluded.durations
)
select $2::text, found, sessions from differences
