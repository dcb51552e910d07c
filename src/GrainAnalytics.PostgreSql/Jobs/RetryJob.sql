-- RetryJob: $1 id bigint
update jobs set state = 'waiting', attempts = 0, run_at = now(), finished_at = null where id = $1 and state in ('dead', 'cancelled')
