-- EraseSessions: $1 site_id integer · $2 session_id text[]
delete from sessions where site_id = $1 and session_id = any ($2::text[])
