-- LockToFold: waits for a site's fold lock, which ends with the transaction (no row: no such site). The zone is asked for behind it, as with LockFold. The
-- commit need not reach the disk at once: should the machine fail, the journal has again what the fold had taken from it.
--   $1 site_id integer
--   Returns site_id integer
select s.site_id from (select pg_advisory_xact_lock(1718579300, $1), set_config('synchronous_commit', 'off', true)) l, sites s where s.site_id = $1
