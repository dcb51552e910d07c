-- DeleteLetters: $1 reason text or null · $2 site_id integer or null · $3 from · $4 to timestamptz, inclusive, when they were set aside
delete from dead_letters
where ($1::text is null or reason = $1) and ($2::integer is null or site_id = $2) and created_at >= $3 and created_at <= $4
