-- ForgetRollups: empties a site's rollups and journal; under the site's fold lock.
--   $1 site_id integer
with journal as (delete from fold_journal where site_id = $1), u as (delete from users where site_id = $1), v as (delete from visits where site_id = $1),
  h as (delete from hour_activity where site_id = $1), p as (delete from period_users where site_id = $1), r as (delete from retention where site_id = $1),
  b as (delete from scan_days where site_id = $1), c as (delete from scan_blocks where site_id = $1), t as (delete from scan_stale where site_id = $1),
  s as (delete from session_days where site_id = $1), m as (delete from value_months where site_id = $1), w as (delete from value_users where site_id = $1)
update sites set needs_rebuild = false where site_id = $1
