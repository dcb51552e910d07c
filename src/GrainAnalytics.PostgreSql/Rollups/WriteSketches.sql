-- WriteSketches: users of these values on these days now.
--   $1 site_id integer · $2 dimension smallint[] · $3 day date[] · $4 value text[] · $5 sketch bytea[]
insert into value_users (site_id, dimension, day, value, sketch)
select $1, unnest($2::smallint[]), unnest($3::date[]), unnest($4::text[]), unnest($5::bytea[])
on conflict (site_id, dimension, value, day) do update set sketch = excluded.sketch
