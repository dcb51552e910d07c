-- RawPeople: what users and sessions need to know of a site's events, user by user; what crawlers sent is left out. Sorts on disk.
--   $1 site_id integer
--   Returns occurred_at, user_id, session_id, path, context_id (null: not needed), engaged_ms (likewise), type
declare raw no scroll cursor for
select occurred_at, user_id, session_id, path, null::bigint, null::integer, type from events where site_id = $1 and is_bot is null
order by user_id, occurred_at
