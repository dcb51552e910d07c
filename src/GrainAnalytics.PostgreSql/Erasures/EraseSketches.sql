-- EraseSketches: $1 site_id integer · $2 dimension smallint[] · $3 day date[] · $4 value text[].  Index: value_users_pkey
delete from value_users v using (select unnest($2::smallint[]) as dimension, unnest($3::date[]) as day, unnest($4::text[]) as value) q
where v.site_id = $1 and v.dimension = q.dimension and v.day = q.day and v.value = q.value
