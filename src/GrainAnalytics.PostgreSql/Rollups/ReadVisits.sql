-- ReadVisits: what is known of these sessions.
--   $1 site_id integer · $2 session_key uuid[]
--   Returns session_key, started_at, ended_at, entry_at, exit_at, events, views, entry_path, exit_path.  Index: visits_pkey
select v.session_key, v.started_at, v.ended_at, v.entry_at, v.exit_at, v.events, v.views, v.entry_path, coalesce(v.exit_path, v.entry_path)
from unnest($2::uuid[]) q (session_key) join visits v on v.session_key = q.session_key and v.site_id = $1
