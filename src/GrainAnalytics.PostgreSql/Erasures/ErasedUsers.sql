-- ErasedUsers: which of these users were erased, and by when what had arrived is gone.
--   $1 site_id integer · $2 user_hash uuid[]
--   Returns user_hash uuid, erased_at timestamptz.  Index: erasures_pkey
select e.user_hash, e.erased_at from unnest($2::uuid[]) q (user_hash) join erasures e on e.user_hash = q.user_hash and e.site_id = $1
