-- HoldSessions: makes and locks the rows of doubtful sessions: writers that have one are waited for, further ones wait.
--   $1 site_id integer
--   Returns session_id, event_count as they are now
with made as (
  insert into sessions (site_id, session_id, user_id, started_at, last_seen_at, event_count)
  select $1, session_id, '', now(), now(), 0 from doubtful_sessions order by session_id on conflict do nothing
)
select s.session_id from sessions s join doubtful_sessions q using (session_id) where s.site_id = $1 order by s.session_id for update of s
