-- AddLetters: keeps rejected rows, each once.
--   $1 site_id integer[] · $2 key uuid[] · $3 reason · $4 detail text[] · $5 event bytea[] · $6 original_size integer[] (null: all of
--   it is there) · $7 received_at timestamptz[] · $8 digest uuid[]
insert into dead_letters (site_id, key, reason, detail, event, form, original_size, received_at, digest)
select site_id, key, reason, detail, event, 'row', original_size, received_at, digest
from unnest($1::integer[], $2::uuid[], $3::text[], $4::text[], $5::bytea[], $6::integer[], $7::timestamptz[], $8::uuid[])
  as t (site_id, key, reason, detail, event, original_size, received_at, digest)
on conflict do nothing
