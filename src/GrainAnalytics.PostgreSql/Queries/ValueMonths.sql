-- ValueMonths: counts of a dimension's values, whole months.
--   $1 site_id integer · $2 dimension smallint · $3 month date[]
--   Returns month date, value text, counts bytea.  Index: value_months_pkey
select month, value, counts from value_months where site_id = $1 and dimension = $2 and month = any ($3::date[])
