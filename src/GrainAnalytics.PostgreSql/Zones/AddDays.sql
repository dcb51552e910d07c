-- AddDays: adds users of days.  $1 day date[] · $2 user_id text[]
insert into rezone_days (day, user_id) select unnest($1::date[]), unnest($2::text[]) on conflict do nothing
