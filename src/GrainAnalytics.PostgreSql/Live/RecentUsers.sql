-- RecentUsers: who had a counted event that both happened and arrived since an instant, and when the last one was.
--   $1 site_id integer · $2 since timestamptz
--   Returns user_id text, at timestamptz.  Index: events_by_arrival; partitions before $2 are left out.
select user_id, max(least(occurred_at, received_at)) from events
where site_id = $1 and received_at >= $2 and occurred_at >= $2 and type not in ('identify', 'alias', 'group', 'engagement', '$pageleave')
group by user_id
