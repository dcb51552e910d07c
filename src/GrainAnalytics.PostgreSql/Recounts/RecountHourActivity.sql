-- RecountHourActivity: compares users and sessions of a day's hours, and repairs.
--   $1 site_id integer · $2 start, inclusive, $3 end, exclusive, of the day timestamptz
--   Returns what text, found bigint, expected bigint (users and sessions together)
with differences as (
  select hour, coalesce(s.users, 0) as found_users, coalesce(s.sessions, 0) as found_sessions, coalesce(e.users, 0) as users, coalesce(e.sessions, 0) as sessions
  from (select * from hour_activity where site_id = $1 and hour >= $2 and hour < $3) e
  full join (select * from stored_hour_activity where site_id = $1 and hour >= $2 and hour < $3) s using (hour)
  where (coalesce(s.users, 0), coalesce(s.sessions, 0)) <> (coalesce(e.users, 0), coalesce(e.sessions, 0))
), written as (
  insert into stored_hour_activity (site_id, hour, users, sessions) select $1, hour, users, sessions from differences
  on conflict (site_id, hour) do update set users = excluded.users, sessions = excluded.sessions
)
select to_char(hour at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"'), found_users + found_sessions, users + sessions from differences order by hour
