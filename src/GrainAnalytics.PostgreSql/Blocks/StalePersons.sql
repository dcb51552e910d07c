-- StalePersons: who somebody is by now.
select distinct s.day, coalesce(i.user_id, s.user_id) as user_id
from scan_stale s left join identities i on i.alias_id = s.user_id and i.site_id = $1 and i.is_folded where s.site_id = $1 and s.day = any ($2::date[])
