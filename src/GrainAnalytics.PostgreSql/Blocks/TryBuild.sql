-- TryBuild: takes the lock of those who build a site's blocks, for the connection; false: another has it.
--   $1 site_id integer
select pg_try_advisory_lock(1718579303, $1)
