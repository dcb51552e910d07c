-- LockTaking: lets one at a time take a job, until its transaction ends.
select pg_advisory_xact_lock(1718579301)
