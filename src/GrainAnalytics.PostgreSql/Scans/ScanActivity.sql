-- ScanActivity: who had a matching event in which period.
--   $1 site_id integer · $2 from, inclusive, $3 to, exclusive timestamptz · $4 with crawlers boolean · $5 starts of the periods timestamptz[]
--   Returns user_id text, place of the period integer (from 1), each pair once
select distinct coalesce(i.user_id, e.user_id) as user_id, width_bucket(e.occurred_at, $5::timestamptz[]) as place
from events e left join contexts c on c.context_id = e.context_id and c.site_id = e.site_id
  left join identities i on i.alias_id = e.user_id and i.site_id = e.site_id and i.is_folded
where e.site_id = $1 and e.occurred_at >= $2 and e.occurred_at < $3 and ($4 or e.is_bot is null)
  and e.type not in ('identify', 'alias', 'group', 'engagement', '$pageleave') and /*filter*/
