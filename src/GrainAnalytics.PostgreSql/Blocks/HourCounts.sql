-- HourCounts: counted events by hour.
--   $1 site_id integer · $2 from, inclusive, $3 to, exclusive timestamptz
--   Returns hour timestamptz, events bigint.  Index: event_hourly_pkey
select hour, sum(events)::bigint from event_hourly where site_id = $1 and hour >= $2 and hour < $3 group by hour order by hour
