-- ScanUserSeries: different users by interval. A user is 64 bits of the id.
--   $1 site_id integer · $2 from, inclusive, $3 to, exclusive timestamptz · $4 with crawlers boolean · $5 starts of the intervals timestamptz[]
--   Returns place of the interval integer (from 1), count bigint
select place, count(*)
from (
  select width_bucket(e.occurred_at, $5::timestamptz[]) as place, hashtextextended(coalesce(i.user_id, e.user_id), 0) as person
  from events e left join contexts c on c.context_id = e.context_id and c.site_id = e.site_id
    left join identities i on i.alias_id = e.user_id and i.site_id = e.site_id and i.is_folded
  where e.site_id = $1 and e.occurred_at >= $2 and e.occurred_at < $3 and ($4 or e.is_bot is null)
    and e.type not in ('identify', 'alias', 'group', 'engagement', '$pageleave') and /*filter*/
  group by 1, 2) s
group by place
