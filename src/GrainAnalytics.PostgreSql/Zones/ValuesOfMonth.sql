-- ValuesOfMonth: counts of a month's values.
--   $1 site_id integer · $2 month date
--   Returns dimension, value, counts
declare months no scroll cursor for select dimension, value, counts from value_months where site_id = $1 and month = $2
