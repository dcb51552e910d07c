-- LateJournal: what was written since the events were read and was not taken in yet. Numbers are given before a write commits, so they say nothing of its order.
--   $1 site_id integer
--   Returns id, events bytea
declare late no scroll cursor for select id, events from fold_journal j where site_id = $1 and not exists (select from rezone_journal r where r.id = j.id)
