-- WaitingSites: sites with something in the journal.
--   Returns site_id.  Index: fold_journal_pkey, one probe a site
with recursive w as (
  (select site_id from fold_journal order by site_id limit 1)
  union all
  select (select j.site_id from fold_journal j where j.site_id > w.site_id order by j.site_id limit 1) from w where w.site_id is not null)
select site_id from w where site_id is not null
