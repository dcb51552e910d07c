-- SecondsOfHour: counted events of a span of time by second and type.
--   $1 site_id integer · $2 from, inclusive, $3 to, exclusive timestamptz
--   Returns second timestamptz, type text, events bigint.  Index: events_by_time
select date_trunc('second', occurred_at), type, count(*) from events where site_id = $1 and occurred_at >= $2 and occurred_at < $3
  and type not in ('identify', 'alias', 'group', 'engagement', '$pageleave') and is_bot is null
group by 1, 2
