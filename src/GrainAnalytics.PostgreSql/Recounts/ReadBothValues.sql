-- ReadBothValues: a month's counts of values, as they were counted again and as they are stored, where they are not the same.
--   $1 site_id integer · $2 month date
--   Returns dimension smallint, value text, expected bytea, found bytea
select dimension, value, e.counts, s.counts from (select * from value_months where site_id = $1 and month = $2) e
full join (select * from stored_value_months where site_id = $1 and month = $2) s using (dimension, value)
where e.counts is distinct from s.counts
