-- FindSite: a site by its number.  $1 site_id integer · returns site_id, name, domain, time_zone
select site_id, name, domain, time_zone from sites where site_id = $1
