-- ActivePeriods: active users of days, weeks or months that had any.
--   $1 site_id integer · $2 first, $3 last start of a period, date · $4 period smallint
--   Returns start date, users bigint.  Index: period_users_pkey
select start, users from period_users where site_id = $1 and period = $4 and start between $2 and $3
