-- ForgetAllBlocks: the same for all days.
--   $1 site_id integer
with days as (delete from scan_days where site_id = $1), blocks as (delete from scan_blocks where site_id = $1), stale as (delete from scan_stale where site_id = $1) select
