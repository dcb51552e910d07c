-- DailyMetrics: counted events by day and type.
--   $1 site_id integer · $2 starts of the days timestamptz[], ascending · $3 to, exclusive timestamptz · $4 type text or null
--   Returns place of the day integer (from 1), type text, events bigint.  Index: event_hourly_pkey
select width_bucket(hour, $2::timestamptz[]) as place, type, sum(events)::bigint from event_hourly
where site_id = $1 and hour >= ($2::timestamptz[])[1] and hour < $3 and ($4::text is null or type = $4)
group by place, type having sum(events) > 0
