-- LetBuild: gives it back.
--   $1 site_id integer
select pg_advisory_unlock(1718579303, $1)
