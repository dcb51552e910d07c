-- What a site's value_months of a month are: another version with every statement that changes one of them, whoever it is. A server keeps months of which it knows the version. Random, so that a version never comes again.
create table value_versions (
  version uuid not null,
  site_id integer not null,
  month   date not null,
  primary key (site_id, month)
) with (fillfactor = 50);

create function value_months_changed() returns trigger language plpgsql as $$
begin
  insert into value_versions as v (site_id, month, version) select distinct site_id, month, gen_random_uuid() from (select distinct site_id, month from changed order by site_id, month) c
  on conflict (site_id, month) do update set version = excluded.version;
  return null;
end $$;
create trigger value_months_inserted after insert on value_months referencing new table as changed for each statement execute function value_months_changed();
create trigger value_months_updated after update on value_months referencing new table as changed for each statement execute function value_months_changed();
create trigger value_months_deleted after delete on value_months referencing old table as changed for each statement execute function value_months_changed();

insert into value_versions (site_id, month, version) select site_id, month, gen_random_uuid() from (select distinct site_id, month from value_months) m;
