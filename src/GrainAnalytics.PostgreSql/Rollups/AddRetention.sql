-- AddRetention: adds to retained users.
--   $1 site_id integer · $2 period smallint[] · $3 cohort date[] · $4 nth integer[] · $5 users bigint[]
insert into retention as r (site_id, period, cohort, nth, users)
select $1, unnest($2::smallint[]), unnest($3::date[]), unnest($4::integer[]), unnest($5::bigint[])
on conflict (site_id, period, cohort, nth) do update set users = r.users + excluded.users
