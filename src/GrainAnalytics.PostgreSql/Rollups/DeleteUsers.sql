-- DeleteUsers: users who are others.
--   $1 site_id integer · $2 user_id text[]
delete from users where site_id = $1 and user_id = any ($2::text[])
