-- MoveHours: moves counted events from old to new hours, in the repairs' own shard: what writers add meanwhile they add beside it.
--   $1 site_id integer · $2 old_hour · $3 new_hour timestamptz[] · $4 type text[] · $5 events bigint[]
insert into event_hourly as h (site_id, hour, type, shard, events, version)
select $1, hour, type, -1, sum(n)::bigint, 1 from (
  select old_hour as hour, type, -events as n from unnest($2::timestamptz[], $3::timestamptz[], $4::text[], $5::bigint[]) m (old_hour, new_hour, type, events)
  union all select new_hour, type, events from unnest($2::timestamptz[], $3::timestamptz[], $4::text[], $5::bigint[]) m (old_hour, new_hour, type, events)) moves
group by hour, type having sum(n) <> 0 order by hour, type
on conflict (site_id, hour, type, shard) do update set events = h.events + excluded.events, version = h.version + 1
