-- ScanSessions: sessions with a matching event, as far as their matching events go.
--   $1 site_id integer · $2 from, inclusive, $3 to, exclusive timestamptz · $4 with crawlers boolean
--   Returns sessions, bounces, views, duration_ms bigint, median and p90 of whole seconds integer
select count(*), count(*) filter (where events = 1), coalesce(sum(views), 0)::bigint, coalesce(sum(ms), 0)::bigint,
  percentile_disc(0.5) within group (order by ms / 1000)::integer, percentile_disc(0.9) within group (order by ms / 1000)::integer
from (
  select count(*) as events, count(*) filter (where e.type = 'page_view') as views,
    floor(extract(epoch from max(e.occurred_at) - min(e.occurred_at)) * 1000)::bigint as ms
  from events e left join contexts c on c.context_id = e.context_id and c.site_id = e.site_id
  where e.site_id = $1 and e.occurred_at >= $2 and e.occurred_at < $3 and ($4 or e.is_bot is null)
    and e.type not in ('identify', 'alias', 'group', 'engagement', '$pageleave') and /*filter*/ and e.session_id is not null
  group by hashtextextended(e.session_id, 0)) s
