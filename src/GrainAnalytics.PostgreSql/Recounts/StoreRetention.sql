-- StoreRetention: $1 site_id integer · $2 period smallint[] · $3 cohort date[] · $4 nth integer[] · $5 users bigint[]
insert into stored_retention (site_id, period, cohort, nth, users)
select $1, unnest($2::smallint[]), unnest($3::date[]), unnest($4::integer[]), unnest($5::bigint[])
on conflict (site_id, period, cohort, nth) do update set users = excluded.users
