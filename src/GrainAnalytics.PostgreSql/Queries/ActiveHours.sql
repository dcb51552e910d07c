-- ActiveHours: active users and sessions that began, by local hour.
--   $1 site_id integer · $2 from, inclusive, $3 to, exclusive timestamptz
--   Returns hour timestamptz, users bigint, sessions bigint.  Index: hour_activity_pkey
select hour, users, sessions from hour_activity where site_id = $1 and hour >= $2 and hour < $3
