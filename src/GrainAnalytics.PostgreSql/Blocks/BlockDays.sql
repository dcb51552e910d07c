-- BlockDays: days with blocks, and from when on events are kept; at least one row.
--   $1 site_id integer · $2 first, $3 last day date · $4 format smallint
--   Returns day date (null: none), starts_at, ends_at, kept_from timestamptz, events bigint, stale bigint: entries of users whose events are others.  Index: scan_days_pkey
select d.day, d.starts_at, d.ends_at, s.kept_from, d.events, (select count(*) from scan_stale t where t.site_id = d.site_id and t.day = d.day)
from sites s left join scan_days d on d.site_id = s.site_id and d.day >= $2 and d.day <= $3 and d.blocks is not null and d.format = $4
where s.site_id = $1
