-- FailJob: notes a failed attempt.
--   $1 id bigint · $2 lease uuid · $3 error text · $4 true: it is dead boolean · $5 pause before the next attempt interval
update jobs set state = case when $4 then 'dead' else 'waiting' end, error = $3, finished_at = case when $4 then now() end, run_at = now() + $5, lease = null
where id = $1 and lease = $2 and state = 'running'
