-- Users who were erased, see docs/adr/0016-erasure.md: what arrived before erased_at and is on its way in a spool is refused.
-- user_hash: 128 bits of the SHA-256 of site and id, so that no id is kept. Keys of erased events stay, without their time: '-infinity'.
create table erasures (
  erased_at timestamptz not null,
  user_hash uuid not null,
  site_id   integer not null,
  primary key (user_hash, site_id)
);
