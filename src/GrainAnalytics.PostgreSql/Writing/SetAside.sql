-- SetAside: keeps an event that cannot be stored; once, however often it is set aside.
--   $1 site_id integer · $2 key uuid · $3 reason text · $4 detail text · $5 event bytea
insert into dead_letters (site_id, key, reason, detail, event) values ($1, $2, $3, $4, $5) on conflict do nothing
