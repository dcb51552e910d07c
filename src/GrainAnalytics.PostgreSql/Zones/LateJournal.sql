-- LateJournal: what was written since the events were read.
--   $1 site_id integer
--   Returns events bytea
declare late no scroll cursor for select events from fold_journal where site_id = $1
