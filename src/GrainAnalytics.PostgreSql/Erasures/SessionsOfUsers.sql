-- SessionsOfUsers: sessions that name users, also without an event of theirs. Reads every session of the site.
--   $1 site_id integer · $2 user_id text[]
--   Returns session_id
select session_id from sessions where site_id = $1 and (user_id = any ($2::text[]) or other_users && $2::text[])
