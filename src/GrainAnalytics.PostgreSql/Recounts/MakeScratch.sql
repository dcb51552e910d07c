-- MakeScratch: temporary tables in the place of the rollups, into which events are folded again by the very statements that folded them before.
create temp table users (like users including all) on commit drop;
create temp table visits (like visits including all) on commit drop;
create temp table hour_activity (like hour_activity including all) on commit drop;
create temp table period_users (like period_users including all) on commit drop;
create temp table retention (like retention including all) on commit drop;
create temp table session_days (like session_days including all) on commit drop;
create temp table value_months (like value_months including all) on commit drop;
create temp table value_users (like value_users including all) on commit drop;
create temp table recount_users (user_id text collate "C" primary key) on commit drop;
create temp table recount_sessions (session_key uuid primary key) on commit drop;
create temp table recount_people (user_id text collate "C" primary key) on commit drop;
create temp table recount_cut (session_id text collate "C" primary key) on commit drop;
