-- EventsOfDay: events of a day, in any order; what crawlers sent is left out.
--   $1 site_id integer · $2 start, inclusive · $3 end, exclusive timestamptz
--   Returns what RawEvents does.  Index: events_by_time
declare raw no scroll cursor for
select occurred_at, user_id, session_id, path, context_id, engaged_ms, type from events
where site_id = $1 and occurred_at >= $2 and occurred_at < $3 and is_bot is null
