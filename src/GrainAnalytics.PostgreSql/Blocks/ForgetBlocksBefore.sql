-- ForgetBlocksBefore: the same for all days before one.
--   $1 site_id integer · $2 day date
with days as (delete from scan_days where site_id = $1 and day < $2), blocks as (delete from scan_blocks where site_id = $1 and day < $2),
  stale as (delete from scan_stale where site_id = $1 and day < $2) select
