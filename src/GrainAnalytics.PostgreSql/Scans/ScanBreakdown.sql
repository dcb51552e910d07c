-- ScanBreakdown: values with most events, most first, equal counts by value. Counted by value and user first, in a table of hashes, because
-- count(distinct) sorts; "offset 0" keeps the test of the value behind that, so that a payload is read once.
--   $1 site_id integer · $2 from, inclusive, $3 to, exclusive timestamptz · $4 with crawlers boolean · $5 limit bigint · $6 path in the payload text[]
--   Returns value text, events bigint, users bigint
select value, sum(n)::bigint as events, count(*)
from (
  select value, person, count(*) as n
  from (
    select /*value*/ as value, hashtextextended(coalesce(i.user_id, e.user_id), 0) as person
    from events e left join contexts c on c.context_id = e.context_id and c.site_id = e.site_id
      left join identities i on i.alias_id = e.user_id and i.site_id = e.site_id and i.is_folded
    where e.site_id = $1 and e.occurred_at >= $2 and e.occurred_at < $3 and ($4 or e.is_bot is null)
      and e.type not in ('identify', 'alias', 'group', 'engagement', '$pageleave') and /*filter*/) v
  group by value, person offset 0) u
where value <> ''
group by value order by events desc, value collate "C" limit $5
