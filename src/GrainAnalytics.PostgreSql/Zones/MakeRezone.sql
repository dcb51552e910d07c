-- MakeRezone: tables of the transaction: what stays of users; counted events by the old and the new hour, where these differ; users by new day; what is to be
-- removed from and added to user_days; and the journal's rows that are taken in.
create temp table rezone_users on commit drop as select user_id, first_seen_at, last_seen_at, events, sessions from users limit 0;
create temp table rezone_hours (old_hour timestamptz, new_hour timestamptz, type text collate "C", events bigint not null, primary key (old_hour, new_hour, type)) on commit drop;
create temp table rezone_days (day date, user_id text collate "C", primary key (day, user_id)) on commit drop;
create temp table rezone_gone (day date, user_id text collate "C", primary key (day, user_id)) on commit drop;
create temp table rezone_journal (id bigint primary key) on commit drop;
create temp table rezone_added (day date, user_id text collate "C", primary key (day, user_id)) on commit drop;
