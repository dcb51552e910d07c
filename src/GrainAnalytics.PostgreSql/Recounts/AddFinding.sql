-- AddFinding: what a recount found and repaired.  $1 job_id bigint · $2 table text · $3 differences bigint · $4 examples json
insert into recount_findings (job_id, found_in, differences, examples) values ($1, $2, $3, $4)
