-- RecountedPeople: whose events are needed: of the recounted users, under all of their ids, and of everybody in a session with an event on the day.
--   $1 site_id integer · $2 start, inclusive, $3 end, exclusive, of the day timestamptz · $4 from when on events are complete timestamptz
with today as materialized (
  select distinct session_id from events where site_id = $1 and occurred_at >= $2 and occurred_at < $3 and session_id is not null
), cut as (
  insert into recount_cut (session_id) select s.session_id from sessions s where s.site_id = $1 and s.started_at < $4 and s.last_seen_at >= $4
)
insert into recount_people (user_id)
select user_id from recount_users
union select i.alias_id from recount_users r join identities i on i.user_id = r.user_id and i.site_id = $1 and i.is_folded
union select unnest(s.other_users || s.user_id) from sessions s join today t using (session_id) where s.site_id = $1
