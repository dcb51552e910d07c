-- The job queue, what recounts found, and how long sites keep their raw events. See docs/adr/0014-jobs-recount-retention.md.

-- lease: proves who has the job while it runs. key: made once for as long as the row is kept.
create table jobs (
  id          bigint generated always as identity primary key,
  run_at      timestamptz not null,
  created_at  timestamptz not null default now(),
  started_at  timestamptz,
  finished_at timestamptz,
  lease_until timestamptz,
  lease       uuid,
  site_id     integer references sites on delete cascade,
  attempts    integer not null default 0,
  kind        text not null,
  state       text not null default 'waiting' check (state in ('waiting', 'running', 'done', 'dead', 'cancelled')),
  key         text unique,
  arguments   json not null,
  progress    json,
  result      json,
  error       text,
  worker      text
) with (fillfactor = 70);
create index jobs_open on jobs (run_at, id) where state in ('waiting', 'running');

-- Written with the repair, so that what was repaired is reported whatever happens to the job. No reference to it: a repeatable-read
-- transaction could not add a row whose job was renewed meanwhile.
create table recount_findings (
  job_id      bigint not null,
  id          bigint generated always as identity,
  differences bigint not null,
  found_in    text not null,
  examples    json not null,
  primary key (job_id, id)
);

-- kept_from: raw events before it are removed or about to be, so that nothing may be concluded from their absence. cleaned_to, cleaned_at: up to where,
-- and when last, retention came to its end.
alter table sites
  add column keep_days  integer check (keep_days between 2 and 36500),     -- null: forever
  add column kept_from  timestamptz,
  add column cleaned_to timestamptz,
  add column cleaned_at timestamptz;

-- Finds the events of a day for recounts and exports. Rows stand in the table almost in the order in which they happened, so a few bytes for each
-- megabyte are enough.
create index events_by_time on events using brin (occurred_at) with (autosummarize = on);
