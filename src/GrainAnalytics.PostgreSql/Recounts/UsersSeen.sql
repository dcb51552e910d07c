-- UsersSeen: users who were seen in a span of time or both before and after it.
--   $1 site_id integer · $2 from, inclusive, $3 to, exclusive timestamptz
--   Returns user_id, hours
declare seen no scroll cursor for
select user_id, hours from stored_users where site_id = $1 and last_seen_at >= $2 and first_seen_at < $3
