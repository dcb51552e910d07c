-- ReadFindings: all that a job found, by table.  $1 job_id bigint
--   Returns table text, differences bigint, first examples json
select found_in, sum(differences)::bigint, (array_agg(examples::text order by id))[1] from recount_findings where job_id = $1 group by found_in order by min(id)
