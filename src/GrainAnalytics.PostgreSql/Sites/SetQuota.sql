-- SetQuota: $1 site_id integer · $2 events_per_day bigint or null · $3 events_per_second integer or null; columns of FindSite, no
-- row when there is no such site
update sites set events_per_day = $2, events_per_second = $3 where site_id = $1
returning site_id, name, domain, time_zone, events_per_day, events_per_second
