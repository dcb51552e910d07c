-- LockWriters: keeps writers off a site until the transaction ends; see write_in_zone.  $1 site_id integer
select pg_advisory_xact_lock(1718579302, $1)
