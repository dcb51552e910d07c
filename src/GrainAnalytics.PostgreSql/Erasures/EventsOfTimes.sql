-- EventsOfTimes: counted events in spans of time.
--   $1 site_id integer · $2 from, inclusive · $3 to, exclusive timestamptz[]
--   Returns bigint.  Index: event_hourly_pkey
select coalesce(sum(h.events), 0)::bigint from unnest($2::timestamptz[], $3::timestamptz[]) q (start, until)
join event_hourly h on h.site_id = $1 and h.hour >= q.start and h.hour < q.until
