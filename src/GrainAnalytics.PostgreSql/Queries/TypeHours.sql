-- TypeHours: counted events by local hour.
--   $1 site_id integer · $2 from, inclusive, $3 to, exclusive timestamptz · $4 type text or null
--   Returns hour timestamptz, events bigint.  Index: event_hourly_pkey
select hour, sum(events)::bigint from event_hourly
where site_id = $1 and hour >= $2 and hour < $3 and ($4::text is null or type = $4) group by hour having sum(events) <> 0
