-- ReadValues: counts of these values in these months.
--   $1 site_id integer · $2 dimension smallint[] · $3 month date[] · $4 value text[]
--   Returns place bigint (from 1), counts bytea.  Index: value_months_pkey
select q.place, v.counts from unnest($2::smallint[], $3::date[], $4::text[]) with ordinality q (dimension, month, value, place)
join value_months v on v.site_id = $1 and v.dimension = q.dimension and v.month = q.month and v.value = q.value
