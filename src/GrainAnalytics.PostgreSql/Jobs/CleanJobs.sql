-- CleanJobs: removes jobs that were over long ago, with what they found.  $1 how long ago interval · returns bigint
with gone as (delete from jobs where finished_at < now() - $1 returning id),
  findings as (delete from recount_findings f using gone where f.job_id = gone.id)
select count(*) from gone
