-- SecondsOfHours: counted events of hours by second and type.
--   $1 site_id integer · $2 hour timestamptz[]
--   Returns hour, second timestamptz, type text, events bigint.  Index: events_by_time
select h.hour, s.* from unnest($2::timestamptz[]) h (hour) cross join lateral (
  select date_trunc('second', occurred_at), type, count(*) from events where site_id = $1 and occurred_at >= h.hour and occurred_at < h.hour + interval '1 hour'
    and type not in ('identify', 'alias', 'group', 'engagement', '$pageleave') and is_bot is null
  group by 1, 2) s
