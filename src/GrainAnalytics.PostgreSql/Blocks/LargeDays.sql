-- LargeDays: which days have many events and no blocks.
--   $1 site_id integer · $2 day date[] · $3 starts_at, $4 ends_at timestamptz[] · $5 format smallint · $6 events bigint
--   Returns day date.  Index: scan_days_pkey, event_hourly_pkey
select q.day from unnest($2::date[], $3::timestamptz[], $4::timestamptz[]) q (day, starts_at, ends_at)
where not exists (select from scan_days d where d.site_id = $1 and d.day = q.day and d.blocks is not null and (d.starts_at, d.ends_at, d.format) = (q.starts_at, q.ends_at, $5))
  and (select sum(h.events) from event_hourly h where h.site_id = $1 and h.hour >= q.starts_at and h.hour < q.ends_at) >= $6
