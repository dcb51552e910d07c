-- Dead letters also hold rows that were rejected, as they were sent, and can be tried again. Servers of the version before go
-- on writing events that were refused, in their own way.
-- form: 'event': an encoded event; 'row': the row's bytes, or their beginning. received_at: null: the event's own.
-- original_size: of a row of which only the beginning was kept, else null. digest: of the content, so that the same row or
-- event is kept once; two different ones may have the same key.
alter table dead_letters drop constraint dead_letters_site_id_key_key;
alter table dead_letters
  add column form          text not null default 'event' check (form in ('event', 'row')),
  add column received_at   timestamptz,
  add column original_size integer,
  add column digest        uuid,
  add column attempts      integer not null default 0,
  add column tried_at      timestamptz;
create unique index dead_letters_digest on dead_letters (site_id, digest);
create index dead_letters_by_form on dead_letters (site_id, form, id desc);

-- What makes a key's signing secret, see docs/adr/0010-request-signing.md; null: the key has none.
alter table site_keys
  add column signing_salt       bytea,
  add column requires_signature boolean not null default false;
