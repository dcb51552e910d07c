-- RecountedUsers: users who did something on a day, or whose rollup says that they were seen on it first or last.
--   $1 site_id integer · $2 start, inclusive, $3 end, exclusive, of the day timestamptz
insert into recount_users (user_id)
select coalesce(i.user_id, e.user_id) from events e left join identities i on i.alias_id = e.user_id and i.site_id = e.site_id and i.is_folded
where e.site_id = $1 and e.occurred_at >= $2 and e.occurred_at < $3 and e.is_bot is null
union
select user_id from stored_users where site_id = $1 and (first_seen_at >= $2 and first_seen_at < $3 or last_seen_at >= $2 and last_seen_at < $3)
