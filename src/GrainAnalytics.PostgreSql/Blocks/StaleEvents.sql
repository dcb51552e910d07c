-- StaleEvents: all events of these persons on a day, as SpanEvents has them.
--   $1 site_id integer · $2 date[] of the day alone · $3 starts_at, $4 ends_at timestamptz · more: names of members text
--   Returns what SpanEvents does.  Index: scan_stale_pkey, identities_by_user, events_by_user
with who as (/*who*/), ids as (
  select user_id, user_id as id from who union all select w.user_id, i.alias_id from who w join identities i on i.user_id = w.user_id and i.site_id = $1 and i.is_folded)
select hashtextextended(w.user_id, 0) as person, e.occurred_at, e.type,
  case hashtextextended(e.session_id, 0) when 0 then 1 else hashtextextended(e.session_id, 0) end, e.context_id, e.path, e.engaged_ms, e.key/*members*/
from ids w join events e on e.site_id = $1 and e.user_id = w.id and e.occurred_at >= $3 and e.occurred_at < $4
where e.is_bot is null
