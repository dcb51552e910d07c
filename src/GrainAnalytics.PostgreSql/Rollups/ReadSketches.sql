-- ReadSketches: users of these values on these days.
--   $1 site_id integer · $2 dimension smallint[] · $3 day date[] · $4 value text[]
--   Returns place bigint (from 1), sketch bytea.  Index: value_users_pkey
select q.place, v.sketch from unnest($2::smallint[], $3::date[], $4::text[]) with ordinality q (dimension, day, value, place)
join value_users v on v.site_id = $1 and v.dimension = q.dimension and v.value = q.value and v.day = q.day
