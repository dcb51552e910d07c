-- SetAside: keeps an event that cannot be stored; once, however often it is set aside.
--   $1 site_id integer · $2 key uuid · $3 reason text · $4 detail text · $5 event bytea · $6 digest uuid · $7 received_at timestamptz
insert into dead_letters (site_id, key, reason, detail, event, form, digest, received_at)
values ($1, $2, $3, $4, $5, 'event', $6, $7) on conflict do nothing
