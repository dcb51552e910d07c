-- NeedsRebuild: whether a site's rollups lack some of its events.
--   $1 site_id integer
--   Returns needs_rebuild boolean
select needs_rebuild from sites where site_id = $1
