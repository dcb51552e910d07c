-- ScanContexts: a site's contexts.
--   $1 site_id integer
--   Returns context_id and the columns that are asked for
select context_id, /*columns*/ from contexts where site_id = $1
