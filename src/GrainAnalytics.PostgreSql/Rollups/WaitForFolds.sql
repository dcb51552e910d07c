-- WaitForFolds: takes a site's fold lock for the connection, beyond transactions.
--   $1 site_id integer
select pg_advisory_lock(1718579300, $1)
