-- Rollups that are brought up to date from a journal, see docs/adr/0012-journal-and-rollups.md: a write adds a row to fold_journal in its
-- own transaction, and whoever asks folds what is in it first. Only the holder of a site's fold lock writes the tables below.

-- What is found out about an event at the edge. is_bot: true or null. context_id: what its visit came from and used, which most events
-- of a visit share; null: nothing is known.
alter table events
  add column context_id bigint,
  add column engaged_ms integer,
  add column is_bot     boolean,
  add column path       text collate "C";

-- context_id: 64 bits of the SHA-256 of the rest.
create table contexts (
  context_id bigint not null,
  site_id    integer not null,
  host       text collate "C",
  referrer   text collate "C",
  source     text collate "C",
  medium     text collate "C",
  campaign   text collate "C",
  term       text collate "C",
  content    text collate "C",
  channel    text collate "C",
  country    text collate "C",
  language   text collate "C",
  device     text collate "C",
  browser    text collate "C",
  os         text collate "C",
  screen     text collate "C",
  primary key (context_id, site_id)
);

create table fold_journal (
  id      bigint generated always as identity,
  site_id integer not null,
  events  bytea not null,                 -- JournalWriter's
  primary key (site_id, id)
);
-- Rows live for less than a second: nothing is gained by compressing them, and what is left of them must go soon.
alter table fold_journal alter column events set storage external;
alter table fold_journal set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500,
  toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 5000);

-- hours: ActiveHours' bytes.
create table users (
  first_seen_at timestamptz not null,
  last_seen_at  timestamptz not null,
  events        bigint not null,
  sessions      bigint not null,
  site_id       integer not null,
  user_id       text collate "C" not null,
  hours         bytea not null,
  primary key (user_id, site_id)
) with (fillfactor = 80);

-- What statistics know of a session. session_key: its id if that is a UUID, else 128 bits of its SHA-256. entry, exit: the first and last page view.
create table visits (
  session_key uuid not null,
  started_at  timestamptz not null,
  ended_at    timestamptz not null,
  entry_at    timestamptz,
  exit_at     timestamptz,
  events      integer not null,
  views       integer not null,
  site_id     integer not null,
  entry_path  text collate "C",
  exit_path   text collate "C",           -- null: as entry_path
  primary key (session_key, site_id)
) with (fillfactor = 80);

-- Active users by local hour (the instant at which it begins), and sessions that began in it.
create table hour_activity (
  hour     timestamptz not null,
  users    bigint not null,
  sessions bigint not null,
  site_id  integer not null,
  primary key (site_id, hour)
) with (fillfactor = 50);

-- Active users by day, ISO week and month. period: 0 day, 1 week, 2 month; start: its first day.
create table period_users (
  users   bigint not null,
  site_id integer not null,
  start   date not null,
  period  smallint not null,
  primary key (site_id, period, start)
) with (fillfactor = 50);

-- Users whose first event ever lies in the period that begins with cohort, and who were active in the nth period from it.
-- period: 0 day, 1 week, 2 month.
create table retention (
  users   bigint not null,
  site_id integer not null,
  cohort  date not null,
  nth     integer not null,
  period  smallint not null,
  primary key (site_id, period, cohort, nth)
) with (fillfactor = 50);

-- Sessions by the local day on which they began. durations: Durations' bytes.
create table session_days (
  sessions    bigint not null,
  bounces     bigint not null,
  views       bigint not null,
  duration_ms bigint not null,
  site_id     integer not null,
  day         date not null,
  durations   bytea not null,
  primary key (site_id, day)
) with (fillfactor = 50);

-- Counts of a dimension's value for each day of a month, MonthCounts' bytes; dimension: Dimension's numbers.
create table value_months (
  site_id   integer not null,
  month     date not null,
  dimension smallint not null,
  value     text collate "C" not null,
  counts    bytea not null,
  primary key (site_id, dimension, month, value)
) with (fillfactor = 70);

-- Different users of a dimension's value on a day, UserSketch's bytes.
create table value_users (
  site_id   integer not null,
  day       date not null,
  dimension smallint not null,
  value     text collate "C" not null,
  sketch    bytea not null,
  primary key (site_id, dimension, value, day)
) with (fillfactor = 70);

-- True while a site's rollups do not have all of its events: statistics are refused until they are built again.
alter table sites add column needs_rebuild boolean not null default false;
update sites set needs_rebuild = true where exists (select from events e where e.site_id = sites.site_id);
