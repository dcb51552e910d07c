-- LockRepairs: the same for a transaction.  $1 site_id integer
select pg_advisory_xact_lock(1718579301, $1)
