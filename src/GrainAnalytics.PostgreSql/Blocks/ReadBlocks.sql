-- ReadBlocks: blocks of days, by their first person; with columns of members.
--   $1 site_id integer · $2 day date[] · $3 names of members text[]
--   Returns first_person bigint, day date, part integer, size integer, block bytea, members bytea[] (null without names; of a name that does not occur no bytes, of one that is left out null).
--   Index: scan_days_pkey, scan_blocks_pkey, scan_members_pkey
-- Sorted first: members would be sorted along with their bytes.
select first_person, day, part, octet_length(block), block,
  (select array_agg(case when m.name is not null then m.member when b.has_all_members then ''::bytea end order by w.n)
   from unnest($3::text[]) with ordinality w(name, n) left join scan_members m on m.site_id = $1 and m.day = b.day and m.part = b.part and m.name = w.name)
from (select b.first_person, b.day, b.part, b.block, b.has_all_members from scan_blocks b join scan_days d on d.site_id = b.site_id and d.day = b.day and b.part >= d.first_part and b.part < d.first_part + d.blocks
  where b.site_id = $1 and b.day = any ($2::date[]) order by b.first_person, b.day, b.part offset 0) b
