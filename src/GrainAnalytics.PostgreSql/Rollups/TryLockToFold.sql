-- TryLockToFold: the same without waiting: no row when another holds it.
--   $1 site_id integer
--   Returns site_id integer
select s.site_id from (select set_config('synchronous_commit', 'off', true)) l, sites s where s.site_id = $1 and pg_try_advisory_xact_lock(1718579300, $1)
