-- RecountActiveUsers: compares a day's active users with the list of them, which writers change in the same transaction, and repairs in the repairs' own shard.
-- Under the site's lock of repairs.
--   $1 site_id integer · $2 day date
--   Returns what text, found bigint, expected bigint.  Index: user_days_pkey, daily_active_users_pkey
with difference as (
  select (select count(*) from user_days where site_id = $1 and day = $2) as expected,
    coalesce((select sum(users)::bigint from daily_active_users where site_id = $1 and day = $2), 0) as found
), repaired as (
  insert into daily_active_users as d (site_id, day, shard, users, version)
  select $1, $2, -1, expected - found, 1 from difference where expected <> found
  on conflict (site_id, day, shard) do update set users = d.users + excluded.users, version = d.version + 1
)
select $2::text, found, expected from difference where expected <> found
