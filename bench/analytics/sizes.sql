-- Megabytes per million events: of each table, its rows, its TOAST and each index.
with n as (select count(*) / 1e6 as millions from event_keys),
parts as (
  select case when i.inhparent is not null then 'events' else c.relname end as name, c.oid, c.relname from pg_class c left join pg_inherits i on i.inhrelid = c.oid
  where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
), indexes as (
  select p.name, coalesce((select relname from pg_class where oid = (select inhparent from pg_inherits where inhrelid = x.indexrelid)), ic.relname) as index, pg_relation_size(x.indexrelid) as bytes
  from parts p join pg_index x on x.indrelid = p.oid join pg_class ic on ic.oid = x.indexrelid
), lines as (
  select name, 'rows' as part, sum(pg_relation_size(oid)) as bytes, 0 as place from parts group by 1
  union all select name, 'toast', sum(pg_relation_size(reltoastrelid)), 1 from parts join pg_class c using (oid) where reltoastrelid <> 0 group by 1
  union all select name, index, sum(bytes), 2 from indexes group by 1, 2
)
select name, part, round(bytes / 1e6 / millions, 2) as mb_per_million, round(bytes / 1e6) as mb from lines, n where bytes > 1e5
union all select 'all', '', round(sum(bytes) / 1e6 / max(millions), 2), round(sum(bytes) / 1e6) from lines, n
order by 4 desc;
