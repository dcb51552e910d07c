-- RawEvents: what rollups need to know of a site's events, in any order; what crawlers sent is left out.
--   $1 site_id integer
--   Returns occurred_at, user_id, session_id, path, context_id, engaged_ms, type
declare raw no scroll cursor for
select occurred_at, user_id, session_id, path, context_id, engaged_ms, type from events where site_id = $1 and is_bot is null
