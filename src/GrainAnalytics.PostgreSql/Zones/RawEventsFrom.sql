-- RawEventsFrom: what RawPeople has and the contexts, from an instant on, in any order.
--   $1 site_id integer · $2 timestamptz
--   Returns what RawPeople does
declare raw no scroll cursor for
select occurred_at, user_id, null::text, path, context_id, engaged_ms, type from events where site_id = $1 and occurred_at >= $2 and is_bot is null
