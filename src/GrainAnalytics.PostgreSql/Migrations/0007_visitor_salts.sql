-- The random key of each local date with which visitors who leave no id are told apart. Deleted when the date is over everywhere;
-- from then on nobody can find out which address an id was made of.
-- Unlogged: the keys are in no write-ahead log, no archive of it, no replica and no base backup, where they would outlive their day.
-- The price: after a crash of PostgreSQL the table is empty, and servers that start later that day call the same visitors by new names.
create unlogged table visitor_salts (
  day  date primary key,
  salt bytea not null check (length(salt) = 32)
) with (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0);    -- deleted means gone, also from the file
