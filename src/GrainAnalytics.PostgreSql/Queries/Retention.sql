-- Retention: cells of cohorts.
--   $1 site_id integer · $2 first, $3 last cohort date · $4 period smallint · $5 most periods integer
--   Returns cohort date, nth integer, users bigint.  Index: retention_pkey
select cohort, nth, users from retention where site_id = $1 and period = $4 and cohort between $2 and $3 and nth <= $5 and users <> 0
