-- RawPeopleFrom: the same events user by user, without their sessions and contexts. Sorts on disk.
--   $1 site_id integer · $2 timestamptz
--   Returns what RawPeople does
declare raw_people no scroll cursor for
select occurred_at, user_id, null::text, null::text, null::bigint, null::integer, type from events where site_id = $1 and occurred_at >= $2 and is_bot is null
order by user_id, occurred_at
