-- CompareDays: which users of days are wrong by the new ones.
--   $1 site_id integer · $2 the first day that is counted again date
with gone as (
  insert into rezone_gone select d.day, d.user_id from user_days d
  where d.site_id = $1 and d.day >= $2 and not exists (select from rezone_days r where r.day = d.day and r.user_id = d.user_id)
)
insert into rezone_added select r.day, r.user_id from rezone_days r
where not exists (select from user_days d where d.site_id = $1 and d.day = r.day and d.user_id = r.user_id)
