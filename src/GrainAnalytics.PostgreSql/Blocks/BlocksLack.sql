-- BlocksLack: whether a block of some days lacks a member's column.
--   $1 site_id integer · $2 day date[] · $3 names of members text[]
--   Returns boolean.  Index: scan_days_pkey, scan_blocks_pkey, scan_members_pkey
select exists (
  select from scan_days d join scan_blocks b on b.site_id = d.site_id and b.day = d.day and b.part >= d.first_part and b.part < d.first_part + d.blocks
    cross join unnest($3::text[]) w (name) left join scan_members m on m.site_id = $1 and m.day = b.day and m.part = b.part and m.name = w.name
  where d.site_id = $1 and d.day = any ($2::date[]) and (m.name is not null and m.member is null or m.name is null and not b.has_all_members))
