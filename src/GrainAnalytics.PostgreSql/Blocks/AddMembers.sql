-- AddMembers: stores a block's members.
--   $1 site_id integer · $2 day date · $3 part integer · $4 names text[] · $5 columns bytea[]
insert into scan_members (site_id, day, part, name, member) select $1, $2, $3, * from unnest($4::text[], $5::bytea[])
