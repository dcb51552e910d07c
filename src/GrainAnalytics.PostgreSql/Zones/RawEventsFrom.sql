-- RawEventsFrom: what RawEvents has, from an instant on.
--   $1 site_id integer · $2 timestamptz
--   Returns what RawEvents does
declare raw no scroll cursor for
select occurred_at, user_id, session_id, path, context_id, engaged_ms, type from events where site_id = $1 and occurred_at >= $2 and is_bot is null
