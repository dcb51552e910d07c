-- GiveBackJob: for another worker to go on at once; the attempt does not count.  $1 id bigint · $2 lease uuid
update jobs set state = 'waiting', attempts = attempts - 1, run_at = now(), lease = null where id = $1 and lease = $2 and state = 'running'
