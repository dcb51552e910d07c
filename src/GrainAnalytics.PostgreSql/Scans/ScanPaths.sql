-- ScanPaths: what users did next in the same session after events of a type. Null: nothing.
--   $1 site_id integer · $2 from, inclusive, $3 to, exclusive timestamptz · $4 with crawlers boolean · $5 limit bigint · $6 type text
--   Returns type text or null, events bigint, users bigint, most first
select following, count(*) as n, count(distinct person)
from (
  select e.type, hashtextextended(coalesce(i.user_id, e.user_id), 0) as person,
    lead(e.type) over (partition by hashtextextended(coalesce(i.user_id, e.user_id), 0), e.session_id order by e.occurred_at, e.key) as following
  from events e left join contexts c on c.context_id = e.context_id and c.site_id = e.site_id
    left join identities i on i.alias_id = e.user_id and i.site_id = e.site_id and i.is_folded
  where e.site_id = $1 and e.occurred_at >= $2 and e.occurred_at < $3 and ($4 or e.is_bot is null)
    and e.type not in ('identify', 'alias', 'group', 'engagement', '$pageleave') and /*filter*/) s
where type = $6
group by following order by n desc, following collate "C" limit $5
