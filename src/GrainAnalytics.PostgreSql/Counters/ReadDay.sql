-- ReadDay: all counters of a site's local day, shard by shard.
--   $1 site_id integer · $2 start, inclusive, $3 end, exclusive, of the day timestamptz · $4 day date
--   Returns hour (null: active users), type, shard, total, version.  Index: the tables' primary keys
select hour, type, shard, events, version from event_hourly where site_id = $1 and hour >= $2 and hour < $3
union all
select null, null, shard, users, version from daily_active_users where site_id = $1 and day = $4
