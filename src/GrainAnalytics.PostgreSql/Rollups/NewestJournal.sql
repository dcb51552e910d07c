-- NewestJournal: number of the newest row in a site's journal that everybody can see; null: all is folded.
--   $1 site_id integer
--   Returns id bigint, needs_rebuild boolean.  Index: fold_journal_pkey
select (select max(id) from fold_journal where site_id = $1), coalesce((select needs_rebuild from sites where site_id = $1), false)
