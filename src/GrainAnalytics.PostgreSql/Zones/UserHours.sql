-- UserHours: hours of all users.
--   $1 site_id integer
--   Returns user_id, hours
declare people no scroll cursor for select user_id, hours from users where site_id = $1
