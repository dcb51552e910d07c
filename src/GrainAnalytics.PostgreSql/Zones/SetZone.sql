-- SetZone: a site's time zone from now on; under the locks of repairs, folds and writers.  $1 site_id integer · $2 time_zone text
update sites set time_zone = $2 where site_id = $1
