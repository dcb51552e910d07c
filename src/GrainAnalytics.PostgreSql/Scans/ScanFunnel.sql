-- ScanFunnel: events that match a step of a funnel, user by user, in order. A user is 64 bits of the id.
--   $1 site_id integer · $2 from, inclusive, $3 to, exclusive timestamptz · $4 with crawlers boolean
--   Returns person bigint, occurred_at timestamptz, steps integer (bit n: the nth step, from 0)
select person, occurred_at, steps
from (
  select hashtextextended(coalesce(i.user_id, e.user_id), 0) as person, e.occurred_at, e.key, /*steps*/ as steps
  from events e left join contexts c on c.context_id = e.context_id and c.site_id = e.site_id
    left join identities i on i.alias_id = e.user_id and i.site_id = e.site_id and i.is_folded
  where e.site_id = $1 and e.occurred_at >= $2 and e.occurred_at < $3 and ($4 or e.is_bot is null)
    and e.type not in ('identify', 'alias', 'group', 'engagement', '$pageleave') and /*filter*/) s
where steps <> 0
order by person, occurred_at, key
