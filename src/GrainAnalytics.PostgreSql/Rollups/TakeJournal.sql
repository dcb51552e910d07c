-- TakeJournal: takes the oldest rows of a site's journal out, as many as have a number of bytes together, at least one; under the site's
-- fold lock.
--   $1 site_id integer · $2 bytes bigint
--   Returns id bigint, events bytea, oldest first.  Index: fold_journal_pkey
with oldest as (
  select id, sum(octet_length(events)) over (order by id) - octet_length(events) as before from fold_journal where site_id = $1 order by id limit 5000
), taken as (
  delete from fold_journal j using oldest o where j.site_id = $1 and j.id = o.id and o.before < $2 returning j.id, j.events
)
select id, events from taken order by id
