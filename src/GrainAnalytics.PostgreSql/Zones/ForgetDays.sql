-- ForgetDays: empties what days and hours say, from a day on; and periods and retention, which follow from the users' hours.
--   $1 site_id integer · $2 the day's start timestamptz · $3 day · $4 the first month that begins on it or later date
with h as (delete from hour_activity where site_id = $1 and hour >= $2), p as (delete from period_users where site_id = $1),
  r as (delete from retention where site_id = $1), s as (delete from session_days where site_id = $1 and day >= $3),
  w as (delete from value_users where site_id = $1 and day >= $3)
delete from value_months where site_id = $1 and month >= $4
