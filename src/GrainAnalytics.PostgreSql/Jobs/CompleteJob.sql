-- CompleteJob: $1 id bigint · $2 lease uuid · $3 result json
update jobs set state = 'done', result = $3, finished_at = now(), lease = null where id = $1 and lease = $2 and state = 'running'
