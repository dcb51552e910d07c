-- ScanFunnel: events that match a step of a funnel, user by user, in order; without those that cannot matter. A user is 64 bits of the id. Who did the
-- first step and never the second needs no order: their number comes in a row of its own.
--   $1 site_id integer · $2 from, inclusive, $3 to, exclusive timestamptz · $4 with crawlers boolean
--   $5 boolean: any event of the first step may begin the best attempt; else the earliest is enough
--   Returns person bigint (null: nobody's), occurred_at timestamptz, steps bigint (bit n: the nth step, from 0; nobody's: users who did the first alone)
with matching as materialized (
  select person, occurred_at, key, steps
  from (
    select hashtextextended(coalesce(i.user_id, e.user_id), 0) as person, e.occurred_at, e.key, /*steps*/ as steps
    from events e left join contexts c on c.context_id = e.context_id and c.site_id = e.site_id
      left join identities i on i.alias_id = e.user_id and i.site_id = e.site_id and i.is_folded
    where e.site_id = $1 and e.occurred_at >= $2 and e.occurred_at < $3 and ($4 or e.is_bot is null)
      and e.type not in ('identify', 'alias', 'group', 'engagement', '$pageleave') and /*filter*/) s
  where steps <> 0
), people as materialized (
  select person, bit_or(steps) as seen, min(occurred_at) filter (where steps & 1 <> 0) as first_at from matching group by person
)
select null::bigint as person, null::timestamptz as occurred_at, count(*) as steps, null::uuid as key from people where seen & 3 = 1
union all
select m.person, m.occurred_at, m.steps, m.key
from matching m join people p on p.person = m.person and p.seen & 3 = 3
where m.occurred_at >= p.first_at and ($5 or m.steps <> 1 or m.occurred_at = p.first_at)
order by person, occurred_at, key
