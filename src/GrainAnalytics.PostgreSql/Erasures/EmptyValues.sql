-- EmptyValues: deletes those of these values of which nothing is left in a month.
--   $1 site_id integer · $2 dimension smallint[] · $3 month date[] · $4 value text[].  Index: value_months_pkey
delete from value_months v using (select unnest($2::smallint[]) as dimension, unnest($3::date[]) as month, unnest($4::text[]) as value) q
where v.site_id = $1 and v.dimension = q.dimension and v.month = q.month and v.value = q.value and v.counts = ''
