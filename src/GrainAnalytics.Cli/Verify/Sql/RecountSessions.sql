-- RecountSessions: sessions whose count, begin or end differs from the rows.
--   $1 site_id integer · $2 time zone, not used · $3 most that are named
--   Returns text, differences in all bigint.  Reads every row and session of the site.
-- What retention has removed is not compared: the counts of it stay.
select format('%s: session says %s events from %s to %s, rows say %s from %s to %s', session_id,
    coalesce(s.event_count, 0), s.started_at, s.last_seen_at, coalesce(e.event_count, 0), e.started_at, e.last_seen_at), count(*) over ()
from (select session_id, event_count, started_at, last_seen_at from sessions where site_id = $1 and $2 <> '') s
full join (
  select session_id, count(*) as event_count, min(occurred_at) as started_at, max(occurred_at) as last_seen_at
  from events where site_id = $1 and session_id is not null group by session_id) e using (session_id)
where (s.event_count, s.started_at, s.last_seen_at) is distinct from (e.event_count, e.started_at, e.last_seen_at)
  and coalesce(s.started_at, e.started_at) >= coalesce((select kept_from from sites where site_id = $1), '-infinity') limit $3
