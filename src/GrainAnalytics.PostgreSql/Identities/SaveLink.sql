-- SaveLink: a link is in the rollups now, and whoever was the alias is the user, too.
--   $1 site_id integer · $2 alias_id text · $3 user_id text
with moved as (update identities set user_id = $3 where site_id = $1 and user_id = $2 and is_folded)
update identities set user_id = $3, is_folded = true where site_id = $1 and alias_id = $2
