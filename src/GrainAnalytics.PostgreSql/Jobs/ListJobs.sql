-- ListJobs: jobs, newest first.
--   $1 state text or null · $2 kind text or null · $3 site_id integer or null · $4 id bigint: only smaller ones · $5 limit bigint
--   Returns id, kind, site_id, state, arguments, progress, result, error, attempts, created_at, run_at, started_at, finished_at, worker.  Index: jobs_pkey
select id, kind, site_id, state, arguments::text, progress::text, result::text, error, attempts, created_at, run_at, started_at, finished_at, worker
from jobs where ($1::text is null or state = $1) and ($2::text is null or kind = $2) and ($3::integer is null or site_id = $3) and id < $4
order by id desc limit $5
