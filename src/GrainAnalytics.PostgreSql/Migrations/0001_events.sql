-- Sites, keys, events and the rollups that are written in the events' own transaction.
-- Texts compare by bytes (collate "C"): cheaper, and the same on every machine.
-- Large indexes begin with the column that tells most rows apart, and the site comes behind it: a search compares the
-- first column at every step, and many sites share one value of site_id.

create table sites (
  site_id    integer generated always as identity primary key,
  name       text not null,
  domain     text,
  time_zone  text not null,
  created_at timestamptz not null default now()
);

-- A key is kept as its SHA-256 only.
create table site_keys (
  key_hash   bytea primary key,
  site_id    integer not null references sites,
  kind       text not null check (kind in ('write', 'api')),
  created_at timestamptz not null default now()
);

-- What is stored exactly once, independent of time, user and memory. Key: the event id if it is a UUID, else 128 bits of
-- its SHA-256. Not partitioned: see docs/adr/0005-event-keys.md.
create table event_keys (
  key         uuid not null,
  occurred_at timestamptz not null,
  site_id     integer not null,
  primary key (key, site_id)
);

create table events (
  occurred_at  timestamptz not null,
  received_at  timestamptz not null,
  key          uuid not null,
  site_id      integer not null,
  event_id     text collate "C",            -- null: the id is the key's own text
  user_id      text collate "C" not null,
  session_id   text collate "C",
  anonymous_id text collate "C",
  type         text collate "C" not null,
  payload      json not null                -- json, not jsonb: it keeps the sender's bytes
) partition by range (occurred_at);

create index events_by_user on events (user_id, site_id, occurred_at desc);

-- Counted events by local hour (the instant at which it begins) and type. A counter is the sum over its shards; a shard
-- is one writer's, so that writers do not wait for each other.
create table event_hourly (
  hour    timestamptz not null,
  events  bigint not null,
  version bigint not null,
  site_id integer not null,
  shard   smallint not null,
  type    text collate "C" not null,
  primary key (site_id, hour, type, shard)
) with (fillfactor = 50);

-- One row for each user on each local day with a counted event; what makes daily active users exact.
create table user_days (
  site_id integer not null,
  day     date not null,
  user_id text collate "C" not null,
  primary key (site_id, day, user_id)
);

create table daily_active_users (
  users   bigint not null,
  version bigint not null,
  site_id integer not null,
  day     date not null,
  shard   smallint not null,
  primary key (site_id, day, shard)
) with (fillfactor = 50);

create table sessions (
  started_at   timestamptz not null,
  last_seen_at timestamptz not null,
  event_count  bigint not null,
  site_id      integer not null,
  session_id   text collate "C" not null,
  user_id      text collate "C" not null,   -- of the newest event
  other_users  text[] collate "C",          -- almost always null: who else sent in this session, at most 64
  primary key (session_id, site_id)
) with (fillfactor = 75);

-- Events that were set aside, with the reason.
create table dead_letters (
  id         bigint generated always as identity primary key,
  site_id    integer not null,
  key        uuid,
  reason     text not null,
  detail     text not null,
  event      bytea not null,                -- the encoded event
  created_at timestamptz not null default now(),
  unique (site_id, key)
);

-- Rows of these are updated in place all the time: clean up early, so that they stay in few pages.
alter table event_hourly set (autovacuum_vacuum_scale_factor = 0.05);
alter table daily_active_users set (autovacuum_vacuum_scale_factor = 0.05);
