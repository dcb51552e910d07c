-- CleanLetters: removes letters that are too old, and of each site and form the oldest beyond count and size.
--   $1 created before timestamptz · $2 letters bigint · $3 bytes bigint
--   Returns cause text ('age', 'count', 'bytes'), letters bigint.  Index: dead_letters_by_form. The length of a value that
--   stands outside of its row is known without reading it.
with ranked as (
  select id, created_at, row_number() over newest as place, sum(octet_length(event)) over newest as bytes
  from dead_letters window newest as (partition by site_id, form order by id desc)
), doomed as (
  select id, case when created_at < $1 then 'age' when place > $2 then 'count' else 'bytes' end as cause
  from ranked where created_at < $1 or place > $2 or bytes > $3
), gone as (
  delete from dead_letters d using doomed where d.id = doomed.id returning doomed.cause
)
select cause, count(*) from gone group by cause
