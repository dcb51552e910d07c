-- ReadJourney: a user's events, newest first, equal times by event id descending.
--   $1 site_id integer · $2 user_id text · $3 from, $4 to timestamptz, both inclusive · $5 type text or null
--   $6 event id or null: of the events at $4 only those with a smaller id (where the previous page ended) · $7 limit bigint
--   Index: events_by_user; partitions are read newest first and only until the limit is reached.
select occurred_at, received_at, key, event_id, user_id, session_id, anonymous_id, type, payload
from events
where site_id = $1 and user_id = $2 and occurred_at >= $3 and occurred_at <= $4
  and ($5::text is null or type = $5)
  and ($6::text is null or occurred_at < $4 or coalesce(event_id, key::text) collate "C" < $6)
order by occurred_at desc, coalesce(event_id, key::text) collate "C" desc
limit $7
