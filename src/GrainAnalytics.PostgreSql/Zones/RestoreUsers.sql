-- RestoreUsers: gives it back to them: events were counted before.  $1 site_id integer
update users u set first_seen_at = k.first_seen_at, last_seen_at = k.last_seen_at, events = k.events, sessions = k.sessions
from rezone_users k where u.site_id = $1 and u.user_id = k.user_id
