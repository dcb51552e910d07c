-- EraseUserDays: takes users from the lists of active users, and from their numbers, in the repairs' own shard.
--   $1 site_id integer · $2 day date[] · $3 user_id text[]
--   Returns how many entries there were bigint.  Index: user_days_pkey
with gone as (
  delete from user_days where site_id = $1 and day = any ($2::date[]) and user_id = any ($3::text[]) returning day
), less as (
  insert into daily_active_users as d (site_id, day, shard, users, version) select $1, day, -1, -count(*), 1 from gone group by day order by day
  on conflict (site_id, day, shard) do update set users = d.users + excluded.users, version = d.version + 1
)
select count(*) from gone
