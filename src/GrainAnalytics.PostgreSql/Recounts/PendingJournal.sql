-- PendingJournal: what is not folded yet.
--   $1 site_id integer
--   Returns events bytea.  Index: fold_journal_pkey
select events from fold_journal where site_id = $1
