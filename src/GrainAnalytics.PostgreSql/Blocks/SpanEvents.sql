-- SpanEvents: events of a span of time as blocks have them; what crawlers sent is left out. A user and a session are 64 bits of their ids; 0 is no session's.
--   $1 site_id integer · $2 from, inclusive, $3 to, exclusive timestamptz · more: names of members text
--   Returns person bigint, occurred_at, type, session bigint, context_id, path, engaged_ms, key, then what is asked for of the payload.  Index: events_by_time
select hashtextextended(coalesce(i.user_id, e.user_id), 0) as person, e.occurred_at, e.type,
  case hashtextextended(e.session_id, 0) when 0 then 1 else hashtextextended(e.session_id, 0) end, e.context_id, e.path, e.engaged_ms, e.key/*members*/
from events e left join identities i on i.alias_id = e.user_id and i.site_id = e.site_id and i.is_folded
where e.site_id = $1 and e.occurred_at >= $2 and e.occurred_at < $3 and e.is_bot is null
