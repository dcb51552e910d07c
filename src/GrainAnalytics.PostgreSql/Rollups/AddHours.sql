-- AddHours: adds to active users and sessions of local hours.
--   $1 site_id integer · $2 hour timestamptz[] · $3 users · $4 sessions bigint[]
insert into hour_activity as h (site_id, hour, users, sessions) select $1, unnest($2::timestamptz[]), unnest($3::bigint[]), unnest($4::bigint[])
on conflict (site_id, hour) do update set users = h.users + excluded.users, sessions = h.sessions + excluded.sessions
