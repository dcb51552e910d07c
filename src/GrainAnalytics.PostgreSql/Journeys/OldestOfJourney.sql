-- OldestOfJourney: the time of the last of a user's newest events; null: there are none.
--   $1 site_id integer · $2 user_id text · $3 from, $4 to timestamptz, both inclusive · $5 limit bigint
--   Index only: events_by_user; partitions are read newest first and only until the limit is reached.
select min(occurred_at)
from (
  select occurred_at from events where site_id = $1 and user_id = $2 and occurred_at >= $3 and occurred_at <= $4 order by occurred_at desc limit $5) newest
