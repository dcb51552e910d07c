-- EraseVisits: $1 site_id integer · $2 session_key uuid[]
delete from visits where site_id = $1 and session_key = any ($2::uuid[])
