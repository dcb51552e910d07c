-- TakeJob: takes the job that is due for the longest time; jobs that nobody will try again are buried on the way. After LockTakes, in its transaction.
--   $1 kinds text[] · $2 lease uuid · $3 worker text · $4 length of the lease interval · $5 most attempts integer
--   Returns id bigint, kind, site_id, arguments, progress, attempts.  Index: jobs_open
with buried as (
  update jobs set state = 'dead', finished_at = now(), lease = null, error = 'Its server went away during the last of ' || attempts || ' attempts.'
  where state = 'running' and lease_until < now() and attempts >= $5
)
update jobs set state = 'running', lease = $2, worker = $3, lease_until = now() + $4, attempts = attempts + 1, started_at = now()
where id = (
  select j.id from jobs j
  where j.state in ('waiting', 'running') and j.run_at <= now() and j.kind = any ($1)
    and (j.state = 'waiting' or j.lease_until < now() and j.attempts < $5)
    and not exists (select from jobs r where r.site_id = j.site_id and r.state = 'running' and r.lease_until >= now() and r.id <> j.id)
  order by j.run_at, j.id limit 1 for update skip locked)
returning id, kind, site_id, arguments::text, progress::text, attempts
