-- KeysAndRows: keys without a row, rows without a key, and those that disagree about the time.
--   $1 site_id integer · $2 time zone, not used · $3 most that are named
--   Returns text, differences in all bigint.  Reads every row and key of the site.
-- Keys of what retention has removed stay, and those of what was erased, without their time.
select format('%s: key says %s, row says %s', key, coalesce(k.occurred_at::text, 'nothing'), coalesce(e.occurred_at::text, 'nothing')), count(*) over ()
from (select key, occurred_at from event_keys where site_id = $1 and $2 <> '') k
full join (select key, occurred_at from events where site_id = $1) e using (key)
where k.occurred_at is distinct from e.occurred_at and (e.occurred_at is not null or k.occurred_at > '-infinity' and k.occurred_at >= coalesce((select kept_from from sites where site_id = $1), '-infinity')) limit $3
