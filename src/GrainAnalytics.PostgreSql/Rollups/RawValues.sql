-- RawValues: what the counts of dimensions' values need to know of a site's events, in any order (which is nearly that of time); what crawlers
-- sent is left out.
--   $1 site_id integer
--   Returns occurred_at, user_id, session_id (null: not needed), path, context_id, engaged_ms, type
declare raw no scroll cursor for
select occurred_at, user_id, null::text, path, context_id, engaged_ms, type from events where site_id = $1 and is_bot is null
