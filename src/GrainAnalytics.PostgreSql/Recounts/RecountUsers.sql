-- RecountUsers: compares the recounted users and repairs. How many sessions began as theirs depends on the order of arrival, which cannot be found out again.
--   $1 site_id integer · $2 from when on events are complete timestamptz
--   Returns user_id text, found bigint, expected bigint
with differences as (
  select r.user_id, s.events as found, e.events as expected, s.sessions
  from recount_users r left join users e on e.user_id = r.user_id and e.site_id = $1 left join stored_users s on s.user_id = r.user_id and s.site_id = $1
  where (s.user_id is null or s.first_seen_at >= $2)
    and (e.first_seen_at, e.last_seen_at, e.events, e.hours) is distinct from (s.first_seen_at, s.last_seen_at, s.events, s.hours)
), removed as (
  delete from stored_users s using differences d where s.site_id = $1 and s.user_id = d.user_id and d.expected is null
), written as (
  insert into stored_users (site_id, user_id, first_seen_at, last_seen_at, events, sessions, hours)
  select $1, e.user_id, e.first_seen_at, e.last_seen_at, e.events, coalesce(d.sessions, e.sessions), e.hours
  from differences d join users e on e.user_id = d.user_id and e.site_id = $1
  on conflict (user_id, site_id) do update set first_seen_at = excluded.first_seen_at, last_seen_at = excluded.last_seen_at, events = excluded.events, hours = excluded.hours
)
select user_id, coalesce(found, 0), coalesce(expected, 0) from differences order by user_id
