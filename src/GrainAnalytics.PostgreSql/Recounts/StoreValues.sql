-- StoreValues: $1 site_id integer · $2 dimension smallint[] · $3 month date[] · $4 value text[] · $5 counts bytea[]
insert into stored_value_months (site_id, dimension, month, value, counts)
select $1, unnest($2::smallint[]), unnest($3::date[]), unnest($4::text[]), unnest($5::bytea[])
on conflict (site_id, dimension, month, value) do update set counts = excluded.counts
