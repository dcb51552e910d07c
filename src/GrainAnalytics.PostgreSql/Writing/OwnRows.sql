-- OwnRows: which of these events are stored with exactly this arrival, and so by an earlier attempt of the same write.
--   $1 site_id integer[] · $2 key uuid[] · $3 user_id text[] · $4 occurred_at timestamptz[] · $5 received_at timestamptz[]
--   Returns place bigint (from 1) of those that are.  Index: events_by_user
select place
from unnest($1::integer[], $2::uuid[], $3::text[], $4::timestamptz[], $5::timestamptz[])
  with ordinality as t (site_id, key, user_id, occurred_at, received_at, place)
cross join lateral (
  select from events e where e.site_id = t.site_id and e.user_id = t.user_id and e.occurred_at = t.occurred_at
    and e.key = t.key and e.received_at = t.received_at limit 1) own
