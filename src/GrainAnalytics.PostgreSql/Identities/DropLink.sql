-- DropLink: a link that would make an id its own alias.
--   $1 site_id integer · $2 alias_id text
delete from identities where site_id = $1 and alias_id = $2
