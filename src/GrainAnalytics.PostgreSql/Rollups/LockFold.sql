-- LockFold: waits for a site's fold lock, which ends with the transaction (no row: no such site). The site's zone is then asked for by a statement of its own, FoldZone: this
-- one would not see what was committed while it waited.
--   $1 site_id integer
--   Returns site_id integer
select s.site_id from (select pg_advisory_xact_lock(1718579300, $1)) l, sites s where s.site_id = $1
