-- StorePeriods: $1 site_id integer · $2 period smallint[] · $3 start date[] · $4 users bigint[]
insert into stored_period_users (site_id, period, start, users) select $1, unnest($2::smallint[]), unnest($3::date[]), unnest($4::bigint[])
on conflict (site_id, period, start) do update set users = excluded.users
