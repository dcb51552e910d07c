-- TopEvents: the most frequent types, most first, equal counts by name.
--   $1 site_id integer · $2 from, inclusive, $3 to, exclusive timestamptz · $4 limit bigint
--   Returns type text, events bigint.  Index: event_hourly_pkey
select type, sum(events)::bigint as n from event_hourly
where site_id = $1 and hour >= $2 and hour < $3
group by type having sum(events) > 0 order by n desc, type limit $4
