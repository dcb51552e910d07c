-- TakeJournal: takes the oldest rows of a site's journal out; under the site's fold lock.
--   $1 site_id integer · $2 limit bigint
--   Returns id bigint, events bytea, oldest first.  Index: fold_journal_pkey
with taken as (
  delete from fold_journal where site_id = $1
    and id in (select id from fold_journal where site_id = $1 order by id limit $2)
  returning id, events)
select id, events from taken order by id
