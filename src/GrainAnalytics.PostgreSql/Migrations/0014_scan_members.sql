-- Members of the payload of blocks (docs/adr/0018-scan-blocks.md), each by itself, so that a question reads those it asks for. A null is left out: it would take too much. Names that are not here do not
-- occur in the block, if has_all_members. Blocks without members have an older format and are built again.
alter table scan_blocks add column has_all_members boolean not null default false;

create table scan_members (
  site_id integer not null,
  day     date not null,
  part    integer not null,
  name    text collate "C" not null,
  member  bytea,
  primary key (site_id, day, part, name),
  foreign key (site_id, day, part) references scan_blocks on delete cascade
);
alter table scan_members alter column member set storage external;

-- Users whose events of a day are others than in its blocks, since these were built: a question reads them from events. Written by folds, gone with the next build. Repeated as often as it happens: a build takes away
-- what was there when it began, and nothing that came later.
create table scan_stale (
  id      bigint generated always as identity,
  site_id integer not null,
  day     date not null,
  user_id text collate "C" not null,
  primary key (site_id, day, id)
);

-- The present day may have blocks up to an instant: ends_at. builds_until: up to when those are that are being built.
alter table scan_days add column builds_until timestamptz;
-- Blocks that may be read are the parts from this one on, as many as blocks says; others are of a build that has not ended or never did.
alter table scan_days add column first_part integer not null default 0;
