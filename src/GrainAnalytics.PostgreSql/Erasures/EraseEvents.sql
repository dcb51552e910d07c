-- EraseEvents: deletes users' events, and the times from their keys. The keys stay: what is sent again is a duplicate.
--   $1 site_id integer · $2 user_id text[]
--   Returns occurred_at, session_id, path, context_id, engaged_ms, type, is_bot.  Index: events_by_user, event_keys_pkey
with gone as (
  delete from events where site_id = $1 and user_id = any ($2::text[])
  returning key, occurred_at, session_id, path, context_id, engaged_ms, type, is_bot
), marked as (
  update event_keys k set occurred_at = '-infinity' from gone g where k.key = g.key and k.site_id = $1
)
select occurred_at, session_id, path, context_id, engaged_ms, type, is_bot from gone
