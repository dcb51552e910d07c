-- ScanPages: what happened on pages, those with most views first, equal ones by path. A user is 64 bits of the id, and so is a session.
--   $1 site_id integer · $2 from, inclusive, $3 to, exclusive timestamptz · $4 with crawlers boolean · $5 limit bigint
--   Returns path, views, visitors, entries, exits, engaged_ms
with matching as (
  select e.path, e.type, hashtextextended(coalesce(i.user_id, e.user_id), 0) as person, hashtextextended(e.session_id, 0) as session, e.occurred_at, e.engaged_ms,
    e.type not in ('identify', 'alias', 'group', 'engagement', '$pageleave') as is_counted
  from events e left join contexts c on c.context_id = e.context_id and c.site_id = e.site_id
    left join identities i on i.alias_id = e.user_id and i.site_id = e.site_id and i.is_folded
  where e.site_id = $1 and e.occurred_at >= $2 and e.occurred_at < $3 and ($4 or e.is_bot is null) and e.path is not null and /*filter*/
), pages as (
  select path, sum(views)::bigint as views, count(*) filter (where is_active) as visitors, coalesce(sum(engaged_ms), 0)::bigint as engaged_ms
  from (
    select path, person, count(*) filter (where type = 'page_view') as views, bool_or(is_counted) as is_active, sum(engaged_ms) as engaged_ms
    from matching group by path, person) u
  group by path
), entries as (
  select path, count(*) as n from (
    select distinct on (session) path from matching where type = 'page_view' and session is not null order by session, occurred_at, path) f
  group by path
), exits as (
  select path, count(*) as n from (
    select distinct on (session) path from matching where type = 'page_view' and session is not null order by session, occurred_at desc, path desc) l
  group by path
)
select p.path, p.views, p.visitors, coalesce(i.n, 0), coalesce(o.n, 0), p.engaged_ms
from pages p left join entries i on i.path = p.path left join exits o on o.path = p.path
where p.views > 0
order by p.views desc, p.path limit $5
