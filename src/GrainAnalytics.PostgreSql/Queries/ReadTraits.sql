-- ReadTraits: events that say something of a user, under all of their ids, the latest first.
--   $1 site_id integer · $2 user_id text · $3 limit bigint
--   Returns type, payload.  Index: events_by_user
select type, payload from events
where site_id = $1 and type in ('identify', 'group')
  and user_id in (select $2 union all select alias_id from identities where site_id = $1 and user_id = $2)
order by occurred_at desc, key desc limit $3
