-- ListLetters: dead letters, newest first.
--   $1 reason text or null · $2 site_id integer or null · $3 from · $4 to timestamptz, inclusive, when they were set aside
--   $5 id bigint: only smaller ones · $6 limit bigint
--   Returns id, site_id, site's name, reason, detail, form, event, original_size, key, received_at, created_at, attempts, tried_at.
--   Index: dead_letters_pkey
select d.id, d.site_id, s.name, d.reason, d.detail, d.form, d.event, d.original_size, d.key, d.received_at, d.created_at, d.attempts, d.tried_at
from dead_letters d left join sites s using (site_id)
where ($1::text is null or d.reason = $1) and ($2::integer is null or d.site_id = $2) and d.created_at >= $3 and d.created_at <= $4 and d.id < $5
order by d.id desc limit $6
