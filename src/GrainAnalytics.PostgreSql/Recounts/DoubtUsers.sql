-- DoubtUsers: remembers users whose activity on a day is known without an event, or not known.
--   $1 site_id integer · $2 start, inclusive, $3 end, exclusive, of the day timestamptz · $4 day date
insert into doubtful_users (user_id)
select user_id from (
  select distinct user_id, true as is_active from events where site_id = $1 and occurred_at >= $2 and occurred_at < $3
    and type not in ('identify', 'alias', 'group', 'engagement', '$pageleave') and is_bot is null) e
full join (select user_id, true as is_known from user_days where site_id = $1 and day = $4) d using (user_id)
where e.is_active is null or d.is_known is null
