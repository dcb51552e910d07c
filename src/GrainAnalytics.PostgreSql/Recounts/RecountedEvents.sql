-- RecountedEvents: all events of these people, in any order. A session that began before events are complete is left out of its events: it cannot be counted.
--   $1 site_id integer
--   Returns what RawPeople does, all of it.  Index: events_by_user
declare raw no scroll cursor for
select e.occurred_at, e.user_id, case when c.session_id is null then e.session_id end, e.path, e.context_id, e.engaged_ms, e.type
from recount_people p join events e on e.user_id = p.user_id and e.site_id = $1 left join recount_cut c on c.session_id = e.session_id
where e.is_bot is null
