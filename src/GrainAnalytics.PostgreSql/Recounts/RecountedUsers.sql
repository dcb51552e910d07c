-- RecountedUsers: users who did something on a day, or whose rollup says that they were seen on it first or last.
--   $1 site_id integer · $2 start, inclusive, $3 end, exclusive, of the day timestamptz
insert into recount_users (user_id)
select user_id from events where site_id = $1 and occurred_at >= $2 and occurred_at < $3 and is_bot is null
union
select user_id from stored_users where site_id = $1 and (first_seen_at >= $2 and first_seen_at < $3 or last_seen_at >= $2 and last_seen_at < $3)
