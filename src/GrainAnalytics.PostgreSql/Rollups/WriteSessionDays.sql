-- WriteSessionDays: adds to the sessions of days, and replaces their durations.
--   $1 site_id integer · $2 day date[] · $3 sessions · $4 bounces · $5 views · $6 duration_ms bigint[] · $7 durations bytea[]
insert into session_days as s (site_id, day, sessions, bounces, views, duration_ms, durations)
select $1, unnest($2::date[]), unnest($3::bigint[]), unnest($4::bigint[]), unnest($5::bigint[]), unnest($6::bigint[]), unnest($7::bytea[])
on conflict (site_id, day) do update set sessions = s.sessions + excluded.sessions, bounces = s.bounces + excluded.bounces,
  views = s.views + excluded.views, duration_ms = s.duration_ms + excluded.duration_ms, durations = excluded.durations
