-- DailyActiveUsers: active users a day, zeros included, oldest first.
--   $1 site_id integer · $2 from, $3 to date, both inclusive
--   Returns day date, users bigint.  Index: daily_active_users_pkey
select d::date, coalesce(sum(a.users), 0)::bigint
from generate_series($2::date::timestamp, $3::date::timestamp, interval '1 day') d
left join daily_active_users a on a.site_id = $1 and a.day = d::date
group by d order by d
