-- WriteVisits: what is known of these sessions now.
--   $1 site_id integer · $2 session_key uuid[] · $3 started_at · $4 ended_at · $5 entry_at · $6 exit_at timestamptz[]
--   $7 events · $8 views integer[] · $9 entry_path · $10 exit_path text[]
insert into visits (site_id, session_key, started_at, ended_at, entry_at, exit_at, events, views, entry_path, exit_path)
select $1, unnest($2::uuid[]), unnest($3::timestamptz[]), unnest($4::timestamptz[]), unnest($5::timestamptz[]), unnest($6::timestamptz[]),
  unnest($7::integer[]), unnest($8::integer[]), unnest($9::text[]), unnest($10::text[])
on conflict (session_key, site_id) do update set started_at = excluded.started_at, ended_at = excluded.ended_at, entry_at = excluded.entry_at,
  exit_at = excluded.exit_at, events = excluded.events, views = excluded.views, entry_path = excluded.entry_path, exit_path = excluded.exit_path
