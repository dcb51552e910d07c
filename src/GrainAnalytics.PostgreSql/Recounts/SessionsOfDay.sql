-- SessionsOfDay: sessions with a counted event on a day.
--   $1 site_id integer · $2 start, inclusive, $3 end, exclusive, of the day timestamptz
--   Returns session_id
declare today no scroll cursor for
select distinct session_id from events where site_id = $1 and occurred_at >= $2 and occurred_at < $3 and session_id is not null
  and type not in ('identify', 'alias', 'group', 'engagement', '$pageleave') and is_bot is null
