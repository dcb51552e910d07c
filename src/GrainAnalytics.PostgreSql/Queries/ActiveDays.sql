-- ActiveDays: active users of days that had any.
--   $1 site_id integer · $2 from, $3 to date, both inclusive
--   Returns day date, users bigint.  Index: daily_active_users_pkey
select day, sum(users)::bigint from daily_active_users where site_id = $1 and day between $2 and $3 group by day
