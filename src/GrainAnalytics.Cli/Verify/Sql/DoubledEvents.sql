-- DoubledEvents: events with more than one row.
--   $1 site_id integer · $2 time zone, not used · $3 most that are named
--   Returns text, differences in all bigint.  Reads every row of the site.
select format('%s has %s rows', key, count(*)), count(*) over ()
from events where site_id = $1 and $2 <> ''
group by key having count(*) > 1 limit $3
