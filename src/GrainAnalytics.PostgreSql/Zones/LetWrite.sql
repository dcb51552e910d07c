-- LetWrite: lets them write again.  $1 site_id integer
select pg_advisory_unlock(1718579302, $1)
