-- CountRows: a site's stored events.  $1 site_id integer · returns bigint
select count(*) from events where site_id = $1
