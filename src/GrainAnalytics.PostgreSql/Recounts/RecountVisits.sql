-- RecountVisits: compares the sessions with an event on a day, and those that are said to begin on it, and repairs.
--   $1 site_id integer · $2 start, inclusive, $3 end, exclusive, of the day timestamptz · $4 from when on events are complete timestamptz
--   Returns what text, found bigint, expected bigint
with candidates as (
  select session_key from recount_sessions
  union select session_key from stored_visits where site_id = $1 and started_at >= $2 and started_at < $3
), differences as (
  select q.session_key, s.events as found, e.events as expected
  from candidates q left join visits e on e.session_key = q.session_key and e.site_id = $1 left join stored_visits s on s.session_key = q.session_key and s.site_id = $1
  where (s.session_key is null or s.started_at >= $4)
    and (e.session_key is not null or s.session_key is not null)
    and (e.started_at, e.ended_at, e.entry_at, e.exit_at, e.events, e.views, e.entry_path, coalesce(e.exit_path, e.entry_path))
      is distinct from (s.started_at, s.ended_at, s.entry_at, s.exit_at, s.events, s.views, s.entry_path, coalesce(s.exit_path, s.entry_path))
), removed as (
  delete from stored_visits s using differences d where s.site_id = $1 and s.session_key = d.session_key and d.expected is null
), written as (
  insert into stored_visits (site_id, session_key, started_at, ended_at, entry_at, exit_at, events, views, entry_path, exit_path)
  select $1, e.session_key, e.started_at, e.ended_at, e.entry_at, e.exit_at, e.events, e.views, e.entry_path, e.exit_path
  from differences d join visits e on e.session_key = d.session_key and e.site_id = $1
  on conflict (session_key, site_id) do update set started_at = excluded.started_at, ended_at = excluded.ended_at, entry_at = excluded.entry_at,
    exit_at = excluded.exit_at, events = excluded.events, views = excluded.views, entry_path = excluded.entry_path, exit_path = excluded.exit_path
)
select session_key::text, coalesce(found, 0)::bigint, coalesce(expected, 0)::bigint from differences order by session_key
