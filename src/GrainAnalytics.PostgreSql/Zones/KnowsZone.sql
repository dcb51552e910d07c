-- KnowsZone: whether this PostgreSQL has a time zone; recounts compute with it.  $1 name text
select exists (select from pg_timezone_names where lower(name) = lower($1))
