-- NoteCleaned: retention came to its end.  $1 site_id integer · $2 up to where, $3 when it began timestamptz
update sites set cleaned_to = $2, cleaned_at = $3 where site_id = $1
