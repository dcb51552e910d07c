-- ReduceSessions: what is left of shared sessions.
--   $1 site_id integer · $2 session_id text[] · $3 started_at · $4 last_seen_at timestamptz[] · $5 events bigint[] · $6 user_id text[]
--   $7 all users, json array, or null text[]
update sessions s set started_at = q.started_at, last_seen_at = q.last_seen_at, event_count = q.events, user_id = q.user_id,
  other_users = case when q.users is not null then array(select json_array_elements_text(q.users::json)) end
from (select unnest($2::text[]) as session_id, unnest($3::timestamptz[]) as started_at, unnest($4::timestamptz[]) as last_seen_at, unnest($5::bigint[]) as events,
  unnest($6::text[]) as user_id, unnest($7::text[]) as users) q
where s.session_id = q.session_id and s.site_id = $1
