-- NextLetters: dead letters, oldest first.
--   $1 to $4 as in ListLetters · $5 id bigint: only larger ones · $6 limit bigint
--   Returns what ListLetters does.  Index: dead_letters_pkey
select d.id, d.site_id, s.name, d.reason, d.detail, d.form, d.event, d.original_size, d.key, d.received_at, d.created_at, d.attempts, d.tried_at
from dead_letters d left join sites s using (site_id)
where ($1::text is null or d.reason = $1) and ($2::integer is null or d.site_id = $2) and d.created_at >= $3 and d.created_at <= $4 and d.id > $5
order by d.id limit $6
