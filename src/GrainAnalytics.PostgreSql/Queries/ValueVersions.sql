-- ValueVersions: which months a site has value_months of, and their versions.
--   $1 site_id integer · $2 first, $3 last month date
--   Returns month date, version uuid.  Index: value_versions_pkey
select month, version from value_versions where site_id = $1 and month between $2 and $3
