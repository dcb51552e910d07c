-- FindLetter: $1 id bigint · returns what ListLetters does.  Index: dead_letters_pkey
select d.id, d.site_id, s.name, d.reason, d.detail, d.form, d.event, d.original_size, d.key, d.received_at, d.created_at, d.attempts, d.tried_at
from dead_letters d left join sites s using (site_id) where d.id = $1
