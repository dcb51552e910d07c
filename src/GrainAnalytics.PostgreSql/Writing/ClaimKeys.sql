-- ClaimKeys: inserts ids, skipping those that are there; the transaction goes on with WriteNew for the rest.
--   $1 site_id integer[] · $2 key uuid[] · $3 occurred_at timestamptz[], ascending by (site_id, key), no key twice
--   Returns (site_id, key) of what was new, in the arrays' order.
insert into event_keys (site_id, key, occurred_at) select unnest($1::integer[]), unnest($2::uuid[]), unnest($3::timestamptz[])
on conflict do nothing returning site_id, key
