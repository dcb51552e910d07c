-- What a writer writes together with events: keys, hours, active users and sessions. What folds keep is built by the server, which sees that it is missing.
insert into event_keys select key, occurred_at, site_id from events;
insert into event_hourly (site_id, hour, type, shard, events, version)
select 1, date_trunc('hour', occurred_at, :'zone'), type, 0, count(*), 1 from events where type <> 'engagement' and is_bot is null group by 2, 3;
create temporary table active as select distinct (occurred_at at time zone :'zone')::date as day, user_id from events where type <> 'engagement' and is_bot is null;
insert into user_days (site_id, day, user_id) select 1, day, user_id from active order by day, user_id;
insert into daily_active_users (site_id, day, shard, users, version) select 1, day, 0, count(*), 1 from active group by day;
insert into sessions (site_id, session_id, user_id, started_at, last_seen_at, event_count)
select 1, session_id, min(user_id), min(occurred_at), max(occurred_at), count(*) from events group by session_id;
update sites set needs_rebuild = true where site_id = 1;
drop table made_contexts;
