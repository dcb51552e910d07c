-- EstimateEvents: about how many counted events are in spans of time; of an hour of which a span has a part, that part of what the hour has so far.
--   $1 site_id integer · $2 from, inclusive · $3 to, exclusive timestamptz[] · $4 now timestamptz
--   Returns number of the span bigint, events bigint.  Index: event_hourly_pkey
select q.n, sum(h.events * case when least(h.hour + interval '1 hour', $4) <= h.hour then 1
  else greatest(0, extract(epoch from least(q.until, h.hour + interval '1 hour', $4) - greatest(q.start, h.hour)) / extract(epoch from least(h.hour + interval '1 hour', $4) - h.hour)) end)::bigint
from unnest($2::timestamptz[], $3::timestamptz[]) with ordinality q (start, until, n)
join event_hourly h on h.site_id = $1 and h.hour > q.start - interval '1 hour' and h.hour < q.until
group by q.n
