-- ReadSessionDays: how long sessions of these days lasted.
--   $1 site_id integer · $2 day date[]
--   Returns day, durations
select day, durations from session_days where site_id = $1 and day = any ($2::date[])
