-- AddUsage: adds to what was granted to a site on a local day. The first of a day begins at the events counted on it so far.
--   $1 site_id integer · $2 day date · $3 events bigint, may be negative · $4 start, inclusive, $5 end, exclusive, of the day timestamptz
--   returns events bigint, after it.  Index: the primary keys of site_usage and event_hourly
insert into site_usage as u (site_id, day, events)
values ($1, $2, $3 + coalesce((select sum(h.events)::bigint from event_hourly h where h.site_id = $1 and h.hour >= $4 and h.hour < $5), 0))
on conflict (site_id, day) do update set events = greatest(0, u.events + $3)
returning events
