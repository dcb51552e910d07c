-- AddRecountedUsers: $1 user_id text[]
insert into recount_users (user_id) select unnest($1::text[]) on conflict do nothing
