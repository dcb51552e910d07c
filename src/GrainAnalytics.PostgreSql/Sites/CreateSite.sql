-- CreateSite: $1 name text · $2 domain text or null · $3 time_zone text · returns site_id
insert into sites (name, domain, time_zone) values ($1, $2, $3) returning site_id
