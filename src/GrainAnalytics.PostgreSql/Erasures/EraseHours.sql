-- EraseHours: takes from counters by hour and type, in the repairs' own shard, which no writer has.
--   $1 site_id integer · $2 hour timestamptz[] · $3 type text[] · $4 events bigint[]
insert into event_hourly as h (site_id, hour, type, shard, events, version) select $1, unnest($2::timestamptz[]), unnest($3::text[]), -1, -unnest($4::bigint[]), 1
on conflict (site_id, hour, type, shard) do update set events = h.events + excluded.events, version = h.version + 1
