-- PersonIds: all ids that are one person with an id, the id itself included; links that are not folded yet count.
--   $1 site_id integer · $2 id text
--   Returns id.  Index: identities_pkey, identities_by_user
with recursive person (id) as (
  select $2::text collate "C"
  union
  select other.id from person p cross join lateral (
    select i.user_id from identities i where i.site_id = $1 and i.alias_id = p.id
    union all select i.alias_id from identities i where i.site_id = $1 and i.user_id = p.id) other (id)
)
select id from person order by id
