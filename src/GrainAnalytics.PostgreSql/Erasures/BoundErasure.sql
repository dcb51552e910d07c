-- BoundErasure: for this transaction: nobody queues behind it for long, and each row that it touches is found by an index, however many the planner expects.
select set_config('lock_timeout', '5s', true), set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
  set_config('enable_seqscan', 'off', true)
