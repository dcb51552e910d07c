-- HoldJob: keeps a job for a further lease, and notes progress. In the transaction of a step it makes sure that the step is its worker's.
--   $1 id bigint · $2 lease uuid · $3 length of the lease interval · $4 progress json or null
update jobs set lease_until = now() + $3, progress = coalesce($4, progress) where id = $1 and lease = $2 and state = 'running'
