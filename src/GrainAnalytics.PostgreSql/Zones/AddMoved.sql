-- AddMoved: adds to counted events by old and new hour.
--   $1 old_hour · $2 new_hour timestamptz[] · $3 type text[] · $4 events bigint[]
insert into rezone_hours as r (old_hour, new_hour, type, events) select unnest($1::timestamptz[]), unnest($2::timestamptz[]), unnest($3::text[]), unnest($4::bigint[])
on conflict (old_hour, new_hour, type) do update set events = r.events + excluded.events
