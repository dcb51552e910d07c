-- CancelJob: $1 id bigint
update jobs set state = 'cancelled', finished_at = now(), lease = null where id = $1 and state in ('waiting', 'running')
