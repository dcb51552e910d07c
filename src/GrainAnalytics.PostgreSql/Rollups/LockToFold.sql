-- LockToFold: waits for a site's fold lock, which ends with the transaction, and gives its time zone (no row: no such site). The commit need not reach
-- the disk at once: should the machine fail, the journal has again what the fold had taken from it.
--   $1 site_id integer
--   Returns time_zone text
select s.time_zone from (select pg_advisory_xact_lock(1718579300, $1), set_config('synchronous_commit', 'off', true)) l, sites s where s.site_id = $1
