-- ReadBlocks: blocks of days, by their first person.
--   $1 site_id integer · $2 day date[]
--   Returns first_person bigint, day date, part integer, size integer, block bytea.  Index: scan_blocks_pkey
select first_person, day, part, octet_length(block), block from scan_blocks where site_id = $1 and day = any ($2::date[])
order by first_person, day, part
