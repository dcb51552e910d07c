-- LettersToErase: all that was set aside of a site.  $1 site_id integer · returns id bigint, form text, event bytea
select id, form, event from dead_letters where site_id = $1
