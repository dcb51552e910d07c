-- ListUsers: users whose id begins with a text, most recently seen first.
--   $1 site_id integer · $2 prefix text · $3 last_seen_at timestamptz, $4 user_id text: continues behind them, or null · $5 limit bigint
--   Returns user_id, first_seen_at, last_seen_at, events, sessions
select user_id, first_seen_at, last_seen_at, events, sessions from users
where site_id = $1 and starts_with(user_id, $2) and ($3::timestamptz is null or (last_seen_at, user_id) < ($3, $4::text collate "C"))
order by last_seen_at desc, user_id desc limit $5
