-- AddStale: users whose events of a day are others now than in its blocks; under the site's fold lock.
--   $1 site_id integer · $2 day date[] · $3 user_id text[]
insert into scan_stale (site_id, day, user_id) select $1, * from unnest($2::date[], $3::text[])
