-- LockErasures: waits for those who deliver what arrived long ago, and for another erasure; until the transaction ends they wait for this one.  $1 site_id integer
select pg_advisory_xact_lock(1718579302, $1)
