-- EnterErasures: waits for an erasure; until the transaction ends none of the site goes on.  $1 site_id integer
select pg_advisory_xact_lock_shared(1718579302, $1)
