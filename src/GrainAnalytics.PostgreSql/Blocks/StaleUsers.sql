-- StaleUsers: under which names the persons are in blocks of some days, or could be, whose events there are not those of the blocks.
--   $1 site_id integer · $2 day date[]
--   Returns day date, person bigint.  Index: scan_stale_pkey, identities_pkey, identities_by_user
with who as (/*who*/)
select day, hashtextextended(user_id, 0) from who union select w.day, hashtextextended(i.alias_id, 0) from who w join identities i on i.user_id = w.user_id and i.site_id = $1 and i.is_folded
