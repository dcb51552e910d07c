-- ScanPaths: what users did next in the same session after events of a type. Null: nothing. A visit is 64 bits of the user and their session; only those
-- with an event of the type are put in order.
--   $1 site_id integer · $2 from, inclusive, $3 to, exclusive timestamptz · $4 with crawlers boolean · $5 limit bigint · $6 type text
--   Returns type text or null, events bigint, users bigint, most first
select following, sum(n)::bigint as events, count(*)
from (
  select following, person, count(*) as n
  from (
    select type, person, lead(type) over (partition by visit order by occurred_at, key) as following
    from (
      select e.type, e.occurred_at, e.key, hashtextextended(coalesce(i.user_id, e.user_id), 0) as person,
        coalesce(hashtextextended(e.session_id, hashtextextended(coalesce(i.user_id, e.user_id), 0)), hashtextextended(coalesce(i.user_id, e.user_id), 0)) as visit
      from events e left join contexts c on c.context_id = e.context_id and c.site_id = e.site_id
        left join identities i on i.alias_id = e.user_id and i.site_id = e.site_id and i.is_folded
      where e.site_id = $1 and e.occurred_at >= $2 and e.occurred_at < $3 and ($4 or e.is_bot is null)
        and e.type not in ('identify', 'alias', 'group', 'engagement', '$pageleave') and /*filter*/) m
    where visit in (
      select coalesce(hashtextextended(e.session_id, hashtextextended(coalesce(i.user_id, e.user_id), 0)), hashtextextended(coalesce(i.user_id, e.user_id), 0))
      from events e left join contexts c on c.context_id = e.context_id and c.site_id = e.site_id
        left join identities i on i.alias_id = e.user_id and i.site_id = e.site_id and i.is_folded
      where e.site_id = $1 and e.occurred_at >= $2 and e.occurred_at < $3 and ($4 or e.is_bot is null) and e.type = $6 and /*filter*/)) s
  where type = $6
  group by following, person) u
group by following order by events desc, following collate "C" limit $5
