-- JourneyOfFew: the newest events of a user who has not many, newest first, equal times by event id descending; nothing of one who has many.
--   $1 site_id integer · $2 user_id text · $3 from, $4 to timestamptz, both inclusive · $5 limit bigint · $6 what is not many bigint
--   Returns what ReadJourney does.  Index: events_by_user, users_pkey, identities_pkey
-- All of the user's events between the two times are read, in any order. How many there are is what the rollups know, which may be some seconds ago; whoever an id
-- was made one person with is counted with it.
select occurred_at, received_at, key, event_id, user_id, session_id, anonymous_id, type, payload
from events
where site_id = $1 and user_id = $2 and occurred_at <= $4 and occurred_at >= (
  select case when coalesce((
    select u.events from users u where u.site_id = $1 and u.user_id = coalesce((select i.user_id from identities i where i.site_id = $1 and i.alias_id = $2), $2)), 0) <= $6
  then $3 else 'infinity' end)
order by occurred_at desc, coalesce(event_id, key::text) collate "C" desc
limit $5
