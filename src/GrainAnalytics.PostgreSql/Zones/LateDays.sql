-- LateDays: takes in the users of events of meanwhile, whose old days writers have noted.  $1 old_day · $2 new_day date[] · $3 user_id text[]
with late as (select unnest($1::date[]) as old_day, unnest($2::date[]) as new_day, unnest($3::text[]) as user_id),
gone as (insert into rezone_gone select distinct old_day, user_id from late on conflict do nothing),
added as (insert into rezone_added select distinct new_day, user_id from late on conflict do nothing)
insert into rezone_days select distinct new_day, user_id from late on conflict do nothing
