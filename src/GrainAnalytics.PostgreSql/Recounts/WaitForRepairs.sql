-- WaitForRepairs: takes a site's lock of repairs for the connection, beyond transactions: one recount at a time, and none while retention moves what is kept.
--   $1 site_id integer
select pg_advisory_lock(1718579301, $1)
