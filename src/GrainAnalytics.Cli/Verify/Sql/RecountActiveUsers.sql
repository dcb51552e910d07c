-- RecountActiveUsers: daily active users that differ from the rows.
--   $1 site_id integer · $2 time zone · $3 most that are named
--   Returns text, differences in all bigint.  Reads every row and daily counter of the site.
-- What retention has removed is not compared: the counts of it stay. Neither are the first days behind it once the time zone was changed: they have other limits.
select format('%s: counter %s, rows %s', day, coalesce(c.n, 0), coalesce(e.n, 0)), count(*) over ()
from (select day, sum(users)::bigint as n from daily_active_users where site_id = $1 group by day) c
full join (
  select (occurred_at at time zone $2)::date as day, count(distinct user_id) as n
  from events where site_id = $1 and type not in ('identify', 'alias', 'group', 'engagement', '$pageleave') and is_bot is null group by 1) e using (day)
where coalesce(c.n, 0) <> coalesce(e.n, 0) and day >= (coalesce((select kept_from from sites where site_id = $1), '-infinity') at time zone $2)::date
  + case when (select time_zone like '% until %' from sites where site_id = $1) then 2 else 0 end limit $3
