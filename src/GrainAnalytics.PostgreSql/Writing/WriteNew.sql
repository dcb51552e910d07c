-- WriteNew: events that are all new, with their rollups and sessions: one statement, hence one transaction and one round
-- trip. One id that is there already (unique_violation on event_keys_pkey) undoes it all.
--   keys, ascending; empty when ClaimKeys has run in the same transaction:
--     $1 site_id integer[] · $2 key uuid[] · $3 occurred_at timestamptz[]
--   events: $4 site_id integer[] · $5 key uuid[] · $6 occurred_at timestamptz[] · $7 received_at timestamptz[]
--     $8 event_id text[] (null: the key's text) · $9 user_id · $10 session_id · $11 anonymous_id · $12 type text[] · $13 payload json[]
--   counted events by local hour and type, ascending: $14 site_id integer[] · $15 hour timestamptz[] · $16 type text[] · $17 events bigint[]
--   users with a counted event, not known to be counted on that day, ascending: $18 site_id integer[] · $19 day date[] · $20 user_id text[]
--   sessions, ascending: $21 site_id integer[] · $22 session_id · $23 user_id text[] · $24 other users, json array or null text[]
--     $25 started_at · $26 last_seen_at timestamptz[] · $27 events bigint[]
--   $28 the writer's shard smallint
--   journal, a row a site: $29 site_id integer[] · $30 events bytea[]
--   of the events too: $31 context_id bigint[] · $32 engaged_ms integer[] · $33 is_bot boolean[] · $34 path text[]
--   contexts not known to be stored, ascending: $35 site_id integer[] · $36 context_id bigint[] · $37 values by column json[]
--   ids that are one person, ascending: $38 site_id integer[] · $39 alias_id text[] · $40 user_id text[]
--   time zones of hours and days, ascending: $41 site_id integer[] · $42 zones text[]; error GA001 if a site has another one by now
-- Returns (kind, site_id, at, type, n, version): kind 1: counter of a type in the hour at; kind 2: active users of the day
-- at; n is the shard's new total. Kind 0 carries nothing.
-- Zones are locked before anything else, because keys wait for them. Tables are locked in one order: keys first, because the first branch of the final select reads them, then hours, users
-- of the day, days, and last, as the statement ends, events, contexts, identities, journal and sessions. Rows are locked in the arrays' order.
with zones as materialized (
  select bool_and(write_in_zone(site_id, zones)) as hold from (select unnest($41::integer[]) as site_id, unnest($42::text[]) as zones) z
), keys as (
  insert into event_keys (site_id, key, occurred_at) select unnest($1::integer[]), unnest($2::uuid[]), unnest($3::timestamptz[])
  where (select hold from zones)
  returning 1
), rows_written as (
  insert into events (site_id, key, occurred_at, received_at, event_id, user_id, session_id, anonymous_id, type, payload,
    context_id, engaged_ms, is_bot, path)
  select unnest($4::integer[]), unnest($5::uuid[]), unnest($6::timestamptz[]), unnest($7::timestamptz[]), unnest($8::text[]),
    unnest($9::text[]), unnest($10::text[]), unnest($11::text[]), unnest($12::text[]), unnest($13::json[]),
    unnest($31::bigint[]), unnest($32::integer[]), unnest($33::boolean[]), unnest($34::text[])
), contexts_written as (
  insert into contexts (site_id, context_id, host, referrer, source, medium, campaign, term, content, channel, country, language, device, browser, os, screen)
  select site_id, context_id, v->>'host', v->>'referrer', v->>'source', v->>'medium', v->>'campaign', v->>'term', v->>'content', v->>'channel',
    v->>'country', v->>'language', v->>'device', v->>'browser', v->>'os', v->>'screen'
  from (select unnest($35::integer[]) as site_id, unnest($36::bigint[]) as context_id, unnest($37::json[]) as v) c
  on conflict do nothing
), links as (
  insert into identities (site_id, alias_id, user_id) select unnest($38::integer[]), unnest($39::text[]), unnest($40::text[]) on conflict do nothing
), journal as (
  insert into fold_journal (site_id, events) select unnest($29::integer[]), unnest($30::bytea[])
), hours as (
  insert into event_hourly as h (site_id, hour, type, shard, events, version)
  select unnest($14::integer[]), unnest($15::timestamptz[]), unnest($16::text[]), $28::smallint, unnest($17::bigint[]), 1
  on conflict (site_id, hour, type, shard) do update set events = h.events + excluded.events, version = h.version + 1
  returning site_id, hour, type, events, version
), active as (
  insert into user_days (site_id, day, user_id) select unnest($18::integer[]), unnest($19::date[]), unnest($20::text[])
  on conflict do nothing returning site_id, day
), days as (
  insert into daily_active_users as d (site_id, day, shard, users, version)
  select site_id, day, $28::smallint, count(*), 1 from active group by 1, 2 order by 1, 2
  on conflict (site_id, day, shard) do update set users = d.users + excluded.users, version = d.version + 1
  returning site_id, day, users, version
), sessions_written as (
  insert into sessions as s (site_id, session_id, user_id, other_users, started_at, last_seen_at, event_count)
  select site_id, session_id, user_id,
    case when others is not null then array(select json_array_elements_text(others::json)) end, started_at, last_seen_at, events
  from (select unnest($21::integer[]) as site_id, unnest($22::text[]) as session_id, unnest($23::text[]) as user_id,
    unnest($24::text[]) as others, unnest($25::timestamptz[]) as started_at, unnest($26::timestamptz[]) as last_seen_at,
    unnest($27::bigint[]) as events) folded
  on conflict (site_id, session_id) do update set
    event_count = s.event_count + excluded.event_count,
    started_at = least(s.started_at, excluded.started_at),
    last_seen_at = greatest(s.last_seen_at, excluded.last_seen_at),
    user_id = case when excluded.last_seen_at >= s.last_seen_at then excluded.user_id else s.user_id end,
    other_users = case when s.user_id = excluded.user_id and excluded.other_users is null then s.other_users
      else (select array_agg(u) from (select distinct unnest(s.other_users || excluded.other_users
        || array[s.user_id, excluded.user_id]) as u limit 65) q) end
)
select 0 as kind, 0 as site_id, null::timestamptz as at, null::text as type, count(*) as n, 0::bigint as version from keys
union all select 1, site_id, hour, type, events, version from hours
union all select 2, site_id, day::timestamp at time zone 'UTC', null, users, version from days
