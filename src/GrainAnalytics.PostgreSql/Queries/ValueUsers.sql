-- ValueUsers: users of some of a dimension's values by day.
--   $1 site_id integer · $2 dimension smallint · $3 value text[] · $4 from, $5 to date, both inclusive
--   Returns place of the value bigint (from 1), sketch bytea.  Index: value_users_pkey
select q.place, v.sketch from unnest($3::text[]) with ordinality q (value, place)
join value_users v on v.site_id = $1 and v.dimension = $2 and v.value = q.value and v.day between $4 and $5
