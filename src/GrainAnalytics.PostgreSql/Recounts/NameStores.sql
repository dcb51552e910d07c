-- NameStores: names for the tables of rollups that last, before temporary ones take theirs.
create temp view stored_users as select * from users;
create temp view stored_visits as select * from visits;
create temp view stored_hour_activity as select * from hour_activity;
create temp view stored_period_users as select * from period_users;
create temp view stored_retention as select * from retention;
create temp view stored_session_days as select * from session_days;
create temp view stored_value_months as select * from value_months;
create temp view stored_value_users as select * from value_users;
