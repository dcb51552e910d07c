-- Who is who, see docs/adr/0013-identity.md: an id under which somebody was seen before it was known who they are, and the user they are.
-- The first link of an id stays. is_folded: the two are one person in the rollups; user_id is then no alias itself.
create table identities (
  linked_at timestamptz not null default now(),
  site_id   integer not null,
  is_folded boolean not null default false,
  alias_id  text collate "C" not null,
  user_id   text collate "C" not null,
  primary key (alias_id, site_id)
);
create index identities_by_user on identities (user_id, site_id);
create index identities_to_fold on identities (site_id) where not is_folded;
