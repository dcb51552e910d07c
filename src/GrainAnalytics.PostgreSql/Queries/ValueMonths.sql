-- ValueMonths: counts of a dimension's values, whole months, but for those that are known.
--   $1 site_id integer · $2 dimension smallint · $3 first, $4 last month date · $5 known versions uuid[]
--   Returns month date, version uuid, value text, counts bytea; one row without a value of a month that is known.  Index: value_versions_pkey, value_months_pkey
-- offset 0: so that rows of a known month are not read.
select v.month, v.version, m.value, m.counts
from value_versions v left join lateral (
  select m.value, m.counts from value_months m where m.site_id = $1 and m.dimension = $2 and m.month = v.month and v.version <> all ($5::uuid[]) offset 0) m on true
where v.site_id = $1 and v.month between $3 and $4 order by v.month
