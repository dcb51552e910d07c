-- WriteUsers: what is known of these users now.
--   $1 site_id integer · $2 user_id text[] · $3 first_seen_at · $4 last_seen_at timestamptz[] · $5 events · $6 sessions bigint[] · $7 hours bytea[]
insert into users (site_id, user_id, first_seen_at, last_seen_at, events, sessions, hours)
select $1, unnest($2::text[]), unnest($3::timestamptz[]), unnest($4::timestamptz[]), unnest($5::bigint[]), unnest($6::bigint[]), unnest($7::bytea[])
on conflict (user_id, site_id) do update set first_seen_at = excluded.first_seen_at, last_seen_at = excluded.last_seen_at,
  events = excluded.events, sessions = excluded.sessions, hours = excluded.hours
