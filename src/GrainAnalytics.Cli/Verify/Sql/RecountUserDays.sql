-- RecountUserDays: users who are marked active on a day without an event, or have one and are not marked.
--   $1 site_id integer · $2 time zone · $3 most that are named
--   Returns text, differences in all bigint.  Reads every row and user day of the site.
-- What retention has removed is not compared: the counts of it stay. Neither are the first days behind it once the time zone was changed: they have other limits.
select format('%s on %s: %s', user_id, day, case when e.seen is null then 'marked, without an event' else 'has events and is not marked' end), count(*) over ()
from (select day, user_id, true as marked from user_days where site_id = $1) d
full join (
  select distinct (occurred_at at time zone $2)::date as day, user_id, true as seen
  from events where site_id = $1 and type not in ('identify', 'alias', 'group', 'engagement', '$pageleave') and is_bot is null) e using (day, user_id)
where d.marked is distinct from e.seen and day >= (coalesce((select kept_from from sites where site_id = $1), '-infinity') at time zone $2)::date
  + case when (select time_zone like '% until %' from sites where site_id = $1) then 2 else 0 end limit $3
