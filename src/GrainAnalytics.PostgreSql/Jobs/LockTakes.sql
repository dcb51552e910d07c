-- LockTakes: one server takes a job at a time, so that the next one sees which sites have a job already. Ends with the transaction.
select pg_advisory_xact_lock(5145530180716160883)
