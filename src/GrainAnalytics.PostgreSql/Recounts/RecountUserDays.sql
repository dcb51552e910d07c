-- RecountUserDays: looks at the doubtful users again and repairs. No writer is at user_days meanwhile: one that finds a user there adds nothing, and leaves
-- no trace of it that could be waited for.
--   $1 site_id integer · $2 start, inclusive, $3 end, exclusive, of the day timestamptz · $4 day date
--   Returns user_id text, found bigint, expected bigint.  Index: events_by_user, user_days_pkey
with expected as (
  select q.user_id, exists (select from events e where e.user_id = q.user_id and e.site_id = $1 and e.occurred_at >= $2 and e.occurred_at < $3
    and type not in ('identify', 'alias', 'group', 'engagement', '$pageleave') and is_bot is null) as is_active
  from doubtful_users q
), added as (
  insert into user_days (site_id, day, user_id) select $1, $4, user_id from expected where is_active order by user_id
  on conflict do nothing returning user_id
), removed as (
  delete from user_days d using expected e where not e.is_active and d.site_id = $1 and d.day = $4 and d.user_id = e.user_id returning d.user_id
)
select user_id, 0::bigint, 1::bigint from added union all select user_id, 1, 0 from removed
