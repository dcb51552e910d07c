-- LatestEvents: a site's latest events that arrived since an instant, newest first, equal arrivals by time and key.
--   $1 site_id integer · $2 since timestamptz · $3 limit bigint
--   Index: events_by_arrival. An event of any time may have arrived since, so every partition is asked.
select occurred_at, received_at, key, event_id, user_id, session_id, anonymous_id, type, payload
from events
where site_id = $1 and received_at >= $2
order by received_at desc, occurred_at desc, key desc
limit $3
