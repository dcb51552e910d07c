-- KeepUsers: notes what is known of users beside their hours.  $1 site_id integer
insert into rezone_users select user_id, first_seen_at, last_seen_at, events, sessions from users where site_id = $1
