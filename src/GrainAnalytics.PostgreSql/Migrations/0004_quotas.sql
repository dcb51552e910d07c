-- How much a site may send, and how much of it was granted.

alter table sites
  add column events_per_day    bigint  check (events_per_day >= 1),       -- null: any number
  add column events_per_second integer check (events_per_second >= 1);    -- null: any number

-- Events granted to a site with a daily quota, by its local day of arrival. Never below what was taken in: it is raised first,
-- and what is left over is given back.
create table site_usage (
  events  bigint not null,
  site_id integer not null references sites,
  day     date not null,
  primary key (site_id, day)
) with (fillfactor = 50);
