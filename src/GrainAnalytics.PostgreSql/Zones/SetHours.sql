-- SetHours: hours of these users now.
--   $1 site_id integer · $2 user_id text[] · $3 hours bytea[]
update users u set hours = q.hours from unnest($2::text[], $3::bytea[]) q (user_id, hours) where u.user_id = q.user_id and u.site_id = $1
