-- AddRecountedSessions: $1 session_key uuid[]
insert into recount_sessions (session_key) select unnest($1::uuid[]) on conflict do nothing
