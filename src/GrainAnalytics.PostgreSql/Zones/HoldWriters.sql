-- HoldWriters: the same, until LetWrite.  $1 site_id integer
select pg_advisory_lock(1718579302, $1)
