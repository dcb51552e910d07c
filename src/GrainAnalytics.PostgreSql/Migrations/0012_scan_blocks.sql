-- Events of closed days, column by column, for questions that no rollup answers: see docs/adr/0018-scan-blocks.md. They hold nothing that events do not have, and may be
-- deleted at any time. Both tables change under the site's fold lock only.

-- A day has blocks if blocks is not null. Whoever changes a day's events or says that two users are one deletes its row. build: who is making or made them.
create table scan_days (
  starts_at timestamptz not null,
  ends_at   timestamptz not null,
  build     uuid not null,
  site_id   integer not null,
  day       date not null,
  blocks    integer,
  events    bigint,
  format    smallint not null,
  primary key (site_id, day)
);

-- block: BlockWriter's bytes. first_person: hash of the first event's user.
create table scan_blocks (
  first_person bigint not null,
  site_id      integer not null,
  day          date not null,
  part         integer not null,
  block        bytea not null,
  primary key (site_id, day, part)
);
-- They are packed already.
alter table scan_blocks alter column block set storage external;
