-- RecountSessions: sets the doubtful sessions, which are locked, to what their events say.
--   $1 site_id integer
--   Returns session_id text, found bigint, expected bigint.  Reads every event of the site: there is nothing else that a damaged session could be trusted for.
with expected as (
  select e.session_id, count(*) as n, min(e.occurred_at) as started_at, max(e.occurred_at) as ended_at, array_agg(distinct e.user_id) as users,
    (array_agg(e.user_id order by e.occurred_at desc, e.key desc))[1] as newest
  from events e where e.site_id = $1 and e.session_id in (select session_id from doubtful_sessions) group by 1
), before as (
  select s.session_id, s.event_count as n from sessions s join doubtful_sessions q using (session_id) where s.site_id = $1
), changed as (
  update sessions s set event_count = e.n, started_at = e.started_at, last_seen_at = e.ended_at, user_id = e.newest,
    other_users = case when cardinality(e.users) > 1 then e.users[1:65] end
  from expected e where s.site_id = $1 and s.session_id = e.session_id
), removed as (
  delete from sessions s using doubtful_sessions q where s.site_id = $1 and s.session_id = q.session_id and not exists (select from expected e where e.session_id = s.session_id)
)
select session_id, b.n, coalesce(e.n, 0) from before b left join expected e using (session_id)
where b.n > 0 or e.n is not null order by session_id
