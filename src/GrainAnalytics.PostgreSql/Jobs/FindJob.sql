-- FindJob: $1 id bigint · returns what ListJobs does
select id, kind, site_id, state, arguments::text, progress::text, result::text, error, attempts, created_at, run_at, started_at, finished_at, worker from jobs where id = $1
