-- VisitsFrom: sessions that began at an instant or later.
--   $1 site_id integer · $2 timestamptz
--   Returns started_at, ended_at, events, views, entry_path, exit_path
declare visits_from no scroll cursor for
select started_at, ended_at, events, views, entry_path, coalesce(exit_path, entry_path) from visits where site_id = $1 and started_at >= $2
