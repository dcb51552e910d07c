-- WaitingSites: sites with something in the journal, and how much.
--   Returns site_id integer, bytes bigint
select site_id, sum(octet_length(events))::bigint from fold_journal group by site_id
