-- OldPartitions: partitions with room for events before an instant, oldest first.
--   $1 timestamptz
--   Returns name text (as SQL needs it), the end timestamptz, blocks bigint, whether no site keeps anything of it boolean
with bounds as (
  select c.oid, c.oid::regclass::text as name,
    (regexp_match(pg_get_expr(c.relpartbound, c.oid), 'FROM \(''([^'']+)''\)'))[1]::timestamptz as lower,
    (regexp_match(pg_get_expr(c.relpartbound, c.oid), 'TO \(''([^'']+)''\)'))[1]::timestamptz as upper
  from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'events'::regclass
)
select name, upper, pg_relation_size(oid) / current_setting('block_size')::bigint,
  upper <= (select min(coalesce(kept_from, '-infinity')) from sites)
from bounds where lower is null or lower < $1 order by upper
