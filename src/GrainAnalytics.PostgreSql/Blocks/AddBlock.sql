-- AddBlock: stores a block.
--   $1 site_id integer · $2 day date · $3 part integer · $4 first_person bigint · $5 block bytea · $6 has_all_members boolean
insert into scan_blocks (site_id, day, part, first_person, block, has_all_members) values ($1, $2, $3, $4, $5, $6)
