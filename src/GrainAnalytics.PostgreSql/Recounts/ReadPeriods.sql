-- ReadPeriods: what is stored of the periods that a day lies in: active users (nth is null) and retained ones.
--   $1 site_id integer · $2 day · $3 first day of its week · $4 of its month date
--   Returns period smallint, start or cohort date, nth integer, users bigint
select period, start, null::integer, users from stored_period_users where site_id = $1 and (period = 0 and start = $2 or period = 1 and start = $3 or period = 2 and start = $4)
union all
select period, cohort, nth, users from stored_retention where site_id = $1
  and (period = 0 and cohort + nth = $2 or period = 1 and cohort + 7 * nth = $3 or period = 2 and cohort + make_interval(months => nth) = $4)
