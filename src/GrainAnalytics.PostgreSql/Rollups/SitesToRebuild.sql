-- SitesToRebuild: sites whose rollups do not have all of their events.
--   Returns site_id
select site_id from sites where needs_rebuild order by site_id
