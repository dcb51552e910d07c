-- SitesToRebuild: sites whose rollups do not have all of their events, and that still have all events.
--   Returns site_id
select site_id from sites where needs_rebuild and kept_from is null order by site_id
