-- MoveDays: makes the users of days those of the new ones, and the numbers of active users with them, in the repairs' own shard. No writer of the site is at them.
--   $1 site_id integer
with gone as (
  delete from user_days d using rezone_gone g where d.site_id = $1 and d.day = g.day and d.user_id = g.user_id
    and not exists (select from rezone_days r where r.day = d.day and r.user_id = d.user_id) returning d.day
), added as (
  insert into user_days (site_id, day, user_id) select $1, day, user_id from rezone_added order by day, user_id on conflict do nothing returning day
)
insert into daily_active_users as d (site_id, day, shard, users, version)
select $1, day, -1, sum(n)::bigint, 1 from (select day, -1 as n from gone union all select day, 1 from added) changes group by day having sum(n) <> 0 order by day
on conflict (site_id, day, shard) do update set users = d.users + excluded.users, version = d.version + 1
