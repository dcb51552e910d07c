-- RecountValueUsers: compares the users of a day's values, and repairs. A sketch follows from its users, in whatever order they came; but it does not
-- know of links that were made since: then it is made again, and that is no difference.
--   $1 site_id integer · $2 day date
--   Returns what text, found bigint, expected bigint (lengths of the sketches)
with differences as (
  select dimension, value, s.sketch as found, e.sketch as sketch
  from (select * from value_users where site_id = $1 and day = $2) e
  full join (select * from stored_value_users where site_id = $1 and day = $2) s using (dimension, value)
  where e.sketch is distinct from s.sketch
), removed as (
  delete from stored_value_users s using differences d
  where d.sketch is null and s.site_id = $1 and s.day = $2 and s.dimension = d.dimension and s.value = d.value
), written as (
  insert into stored_value_users (site_id, day, dimension, value, sketch) select $1, $2, dimension, value, sketch from differences where sketch is not null
  on conflict (site_id, dimension, value, day) do update set sketch = excluded.sketch
)
select format('%s %s', dimension, value), coalesce(octet_length(found), 0)::bigint, coalesce(octet_length(sketch), 0)::bigint from differences
where not exists (select from identities where site_id = $1 and linked_at >= $2::date - 1) order by dimension, value
