-- ReadExport: a site's events of a span of time, by occurred_at and key.
--   $1 site_id integer · $2 from, inclusive, $3 to, exclusive timestamptz · $4 type text or null · $5 after: occurred_at timestamptz · $6 key uuid · $7 limit bigint
--   Returns what EventReader reads, then path, engaged_ms, is_bot and the context in the order of ExportedEvent.Dimensions.  Index: events_by_time
select e.occurred_at, e.received_at, e.key, e.event_id, e.user_id, e.session_id, e.anonymous_id, e.type, e.payload, e.path, e.engaged_ms, coalesce(e.is_bot, false),
  c.host, c.referrer, c.source, c.medium, c.campaign, c.term, c.content, c.channel, c.country, c.language, c.device, c.browser, c.os, c.screen
from events e left join contexts c on c.context_id = e.context_id and c.site_id = e.site_id
where e.site_id = $1 and e.occurred_at >= $2 and e.occurred_at < $3 and ($4::text is null or e.type = $4) and (e.occurred_at, e.key) > ($5, $6)
order by e.occurred_at, e.key limit $7
