-- LinksToFold: links that rollups do not know yet, the oldest first.
--   $1 site_id integer
--   Returns alias_id, user_id.  Index: identities_to_fold
select alias_id, user_id from identities where site_id = $1 and not is_folded order by linked_at, alias_id
