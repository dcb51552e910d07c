-- AddJobs: puts jobs into the queue, each key once.
--   $1 kind text[] · $2 site_id integer[] · $3 arguments json[] · $4 key text[] · $5 run_at timestamptz[] (null: now)
--   Returns id bigint of those that were not there, in the arrays' order
insert into jobs (kind, site_id, arguments, key, run_at)
select kind, site_id, arguments, key, coalesce(run_at, now())
from unnest($1::text[], $2::integer[], $3::json[], $4::text[], $5::timestamptz[]) with ordinality t (kind, site_id, arguments, key, run_at, place) order by place
on conflict do nothing returning id
