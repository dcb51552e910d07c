-- NoteRefusal: a letter was tried again, in vain. A row that became an event, which the database refused, would now stand
-- there twice: the event's own letter goes, with its detail taken over.
--   $1 id bigint · $2 reason text · $3 detail text or null · $4 digest of that event uuid or null.  Index: dead_letters_digest
with twin as (
  delete from dead_letters where $4::uuid is not null and digest = $4 and id <> $1
    and site_id = (select site_id from dead_letters where id = $1)
  returning detail
)
update dead_letters set attempts = attempts + 1, tried_at = now(), reason = $2,
  detail = coalesce((select detail from twin), $3, detail)
where id = $1
