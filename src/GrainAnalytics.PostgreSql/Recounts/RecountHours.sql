-- RecountHours: compares a day's counters by hour and type with its events, as of one moment, and adds what is missing to the repairs' own shard: whatever
-- writers add meanwhile, they add to events and counters alike. Under the site's lock of repairs.
--   $1 site_id integer · $2 start, inclusive, $3 end, exclusive, of the day timestamptz · $4 time zone text
--   Returns what text, found bigint, expected bigint.  Index: events_by_time, event_hourly_pkey
with expected as (
  select greatest(occurred_at - ((occurred_at at time zone $4) - date_trunc('hour', occurred_at at time zone $4)), $2) as hour, type, count(*) as n
  from events where site_id = $1 and occurred_at >= $2 and occurred_at < $3
    and type not in ('identify', 'alias', 'group', 'engagement', '$pageleave') and is_bot is null
  group by 1, 2
), found as (
  select hour, type, sum(events)::bigint as n from event_hourly where site_id = $1 and hour >= $2 and hour < $3 group by 1, 2
), differences as (
  select hour, type, coalesce(f.n, 0) as found, coalesce(e.n, 0) as expected from expected e full join found f using (hour, type)
  where coalesce(f.n, 0) <> coalesce(e.n, 0)
), repaired as (
  insert into event_hourly as h (site_id, hour, type, shard, events, version)
  select $1, hour, type, -1, expected - found, 1 from differences order by hour, type
  on conflict (site_id, hour, type, shard) do update set events = h.events + excluded.events, version = h.version + 1
)
select format('%s %s', to_char(hour at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"'), type), found, expected from differences order by hour, type
