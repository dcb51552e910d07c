-- WriteBatch: one batch in one statement, hence one transaction and one round trip: new ids, then rows, rollups and
-- sessions of what was new.
--   $1 site_id · $2 key · $3 occurred_at · $4 received_at · $5 event_id (null: the key's text) · $6 user_id · $7 session_id
--   $8 anonymous_id · $9 type · $10 payload · $11 start of the local hour · $12 local day · $13 counted in statistics
--   $14 user not known to be counted on that day: arrays, one entry an event, ascending by (site_id, key), no key twice
--   $15 shard smallint
-- Returns (kind, site_id, at, type, n, version):
--   kind 0: a row that was there before; n is its place in the arrays, from 1
--   kind 1: counter of a type in the hour at   kind 2: active users of the day at; n is the shard's new total
-- Every writer runs this one statement, so all lock tables in its order, and rows in key order: no deadlocks.
with input as materialized (
  select * from unnest($1::integer[], $2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::text[], $6::text[], $7::text[],
    $8::text[], $9::text[], $10::json[], $11::timestamptz[], $12::date[], $13::boolean[], $14::boolean[])
    with ordinality as t (site_id, key, occurred_at, received_at, event_id, user_id, session_id, anonymous_id, type,
      payload, hour, day, is_counted, is_user_new, place)
), fresh as (
  insert into event_keys (site_id, key, occurred_at) select site_id, key, occurred_at from input
  on conflict do nothing returning site_id, key
), stored as materialized (
  select input.* from input join fresh using (site_id, key)
), rows_written as (
  insert into events (site_id, key, occurred_at, received_at, event_id, user_id, session_id, anonymous_id, type, payload)
  select site_id, key, occurred_at, received_at, event_id, user_id, session_id, anonymous_id, type, payload from stored
), hours as (
  insert into event_hourly as h (site_id, hour, type, shard, events, version)
  select site_id, hour, type, $15::smallint, count(*), 1 from stored where is_counted group by 1, 2, 3 order by 1, 2, 3
  on conflict (site_id, hour, type, shard) do update set events = h.events + excluded.events, version = h.version + 1
  returning site_id, hour, type, events, version
), user_days_written as (
  insert into user_days (site_id, day, user_id)
  select site_id, day, user_id from stored where is_user_new group by 1, 2, 3 order by 1, 2, 3
  on conflict do nothing returning site_id, day
), days as (
  insert into daily_active_users as d (site_id, day, shard, users, version)
  select site_id, day, $15::smallint, count(*), 1 from user_days_written group by 1, 2 order by 1, 2
  on conflict (site_id, day, shard) do update set users = d.users + excluded.users, version = d.version + 1
  returning site_id, day, users, version
), sessions_written as (
  insert into sessions as s (site_id, session_id, user_id, other_users, started_at, last_seen_at, event_count)
  select site_id, session_id, max(user_id), case when min(user_id) <> max(user_id) then (select array_agg(distinct o.user_id)
    from stored o where o.site_id = stored.site_id and o.session_id = stored.session_id) end,
    min(occurred_at), max(occurred_at), count(*)
  from stored where session_id is not null group by 1, 2 order by 1, 2
  on conflict (site_id, session_id) do update set
    event_count = s.event_count + excluded.event_count,
    started_at = least(s.started_at, excluded.started_at),
    last_seen_at = greatest(s.last_seen_at, excluded.last_seen_at),
    user_id = case when excluded.last_seen_at >= s.last_seen_at then excluded.user_id else s.user_id end,
    other_users = case when s.user_id = excluded.user_id and excluded.other_users is null then s.other_users
      else (select array_agg(u) from (select distinct unnest(s.other_users || excluded.other_users
        || array[s.user_id, excluded.user_id]) as u limit 64) q) end
)
select 0, input.site_id, null::timestamptz, null::text, place, 0::bigint from input
where not exists (select from fresh where fresh.site_id = input.site_id and fresh.key = input.key)
union all select 1, site_id, hour, type, events, version from hours
union all select 2, site_id, day::timestamp at time zone 'UTC', null, users, version from days
