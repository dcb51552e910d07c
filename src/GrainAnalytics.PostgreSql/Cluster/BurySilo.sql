-- BurySilo: marks a silo as dead unless it has given a sign of life meanwhile. Every change of members adds 1 to the
-- cluster's version, whose row is locked first, as the framework's own statements do.
--   $1 cluster id text | $2 address text | $3 port int | $4 generation int | $5 silent for at least, interval
--   returns the number of rows changed: 1 or 0.  Index: primary keys
with cluster as (
  update orleansmembershipversiontable set timestamp = now(), version = version + 1
  where deploymentid = $1 and exists (select from orleansmembershiptable
    where deploymentid = $1 and address = $2 and port = $3 and generation = $4 and status = 3 and iamalivetime < now() - $5)
  returning 1),
buried as (
  update orleansmembershiptable set status = 6
  where deploymentid = $1 and address = $2 and port = $3 and generation = $4 and status = 3 and exists (select from cluster)
  returning 1)
select count(*) from buried
