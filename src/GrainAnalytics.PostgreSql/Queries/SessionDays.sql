-- SessionDays: sessions by the day on which they began.
--   $1 site_id integer · $2 from, $3 to date, both inclusive
--   Returns day date, sessions, bounces, views, duration_ms bigint, durations bytea.  Index: session_days_pkey
select day, sessions, bounces, views, duration_ms, durations from session_days where site_id = $1 and day between $2 and $3
