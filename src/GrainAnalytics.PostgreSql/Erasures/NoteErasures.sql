-- NoteErasures: remembers that users were erased.  $1 site_id integer · $2 user_hash uuid[] · $3 erased_at timestamptz
insert into erasures as e (site_id, user_hash, erased_at) select $1, unnest($2::uuid[]), $3
on conflict (user_hash, site_id) do update set erased_at = greatest(e.erased_at, excluded.erased_at)
