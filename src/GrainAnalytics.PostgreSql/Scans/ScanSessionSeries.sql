-- ScanSessionSeries: sessions by the interval of their first matching event.
--   $1 site_id integer · $2 from, inclusive, $3 to, exclusive timestamptz · $4 with crawlers boolean · $5 starts of the intervals timestamptz[]
--   Returns place of the interval integer (from 1), count bigint
select width_bucket(started_at, $5::timestamptz[]) as place, count(*)
from (
  select min(e.occurred_at) as started_at
  from events e left join contexts c on c.context_id = e.context_id and c.site_id = e.site_id
  where e.site_id = $1 and e.occurred_at >= $2 and e.occurred_at < $3 and ($4 or e.is_bot is null)
    and e.type not in ('identify', 'alias', 'group', 'engagement', '$pageleave') and /*filter*/ and e.session_id is not null
  group by hashtextextended(e.session_id, 0)) s
group by place
