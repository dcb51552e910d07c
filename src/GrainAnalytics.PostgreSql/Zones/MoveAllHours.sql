-- MoveAllHours: the same for all of rezone_hours.  $1 site_id integer
insert into event_hourly as h (site_id, hour, type, shard, events, version)
select $1, hour, type, -1, sum(n)::bigint, 1 from (
  select old_hour as hour, type, -events as n from rezone_hours union all select new_hour, type, events from rezone_hours) moves
group by hour, type having sum(n) <> 0 order by hour, type
on conflict (site_id, hour, type, shard) do update set events = h.events + excluded.events, version = h.version + 1
