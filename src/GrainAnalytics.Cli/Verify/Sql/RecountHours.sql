-- RecountHours: hourly counters that differ from the rows.
--   $1 site_id integer · $2 time zone · $3 most that are named
--   Returns text, differences in all bigint.  Reads every row and counter of the site.
-- What retention has removed is not compared: the counts of it stay. Neither are the first days behind it once the time zone was changed: they have other limits.
select format('%s in the hour of %s: counter %s, rows %s', type, hour, coalesce(c.n, 0), coalesce(e.n, 0)), count(*) over ()
from (select hour, type, sum(events)::bigint as n from event_hourly where site_id = $1 group by hour, type) c
full join (
  select occurred_at - ((occurred_at at time zone $2) - date_trunc('hour', occurred_at at time zone $2)) as hour, type, count(*) as n
  from events where site_id = $1 and type not in ('identify', 'alias', 'group', 'engagement', '$pageleave') and is_bot is null group by 1, 2) e using (hour, type)
where coalesce(c.n, 0) <> coalesce(e.n, 0) and hour >= coalesce((select kept_from from sites where site_id = $1), '-infinity')
  + case when (select time_zone like '% until %' from sites where site_id = $1) then interval '2 days' else interval '0' end limit $3
