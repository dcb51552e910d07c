#!/usr/bin/env bash
# Side-by-side measurements on one machine, loopback only: GrainAnalytics and a plain Express server that acknowledges from
# memory, in the same run, on the same PostgreSQL, under the same load.
#   bench/run.sh [pg] [bare] [baseline] [baseline_kill] [ours] [ours_kill] [spool] [memory] [live] [overload] [dialects]    (default: baseline ours)
# Needs: wrk, psql and the PostgreSQL server binaries, Node 20+, the .NET SDK, and `npm install` done both here and in
# baseline-express. Results: one JSON line a run in results/, and tables of medians and ratios at the end.
#   RUNS=3 SECS=12      repetitions and seconds of each measurement (cluster_kill: SECS=120, overload: SECS=60)
#   SILOS=3 POSTS=10000 USERS=100000    of the cluster sections; smaller for a quick look
#   PACED="20000 40000" offered rates of the paced batch cases, events/s
#   BENCH_PORT=3200    of the server that is measured
#   BENCH_PG=url        use a running cluster, e.g. postgresql://postgres@127.0.0.1:5432 (BENCH_PG_PID: its postmaster, BENCH_PG_LOG: its log);
#                       otherwise a fresh one is made in a temporary folder and removed at the end
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
runs=${RUNS:-3} secs=${SECS:-12} load=$here/load
mkdir -p "$here/results"
export RESULTS=${RESULTS:-$here/results/$(date -u +%Y%m%dT%H%M%SZ).jsonl}
tmp=$(mktemp -d) server= own_pg=
locked() { if [ -n "${BENCH_LOCK:-}" ]; then flock -x "$BENCH_LOCK" "$@"; else "$@"; fi; }
as_pg() { if [ "$(id -u)" = 0 ]; then su postgres -c "$1"; else sh -c "$1"; fi; }
start() { ( cd "$1"; shift; exec env NODE_ENV=production "$@" ) >"$tmp/server.log" 2>&1 & server=$!
  for _ in $(seq 100); do curl -s -o /dev/null "$url/" && return; sleep 0.1; done; cat "$tmp/server.log"; return 1; }
stop() { if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; server=; fi; }
finish() { stop; if [ -n "$own_pg" ]; then as_pg "$pgbin/pg_ctl -D $tmp/pg/data -m fast stop" >/dev/null || true; fi; rm -rf "$tmp"; }
trap finish EXIT

if [ -z "${BENCH_PG:-}" ]; then
  pgbin=${PGBIN:-$(ls -d /usr/lib/postgresql/*/bin | tail -1)} port=${BENCH_PG_PORT:-55440}
  mkdir "$tmp/pg"; chmod 711 "$tmp"; [ "$(id -u)" = 0 ] && chown postgres "$tmp/pg"
  as_pg "$pgbin/initdb -D $tmp/pg/data -A trust -U postgres" >/dev/null
  as_pg "printf '%s\n' \"listen_addresses='127.0.0.1'\" 'port=$port' \"unix_socket_directories='$tmp/pg'\" \"shared_buffers='1GB'\" 'max_connections=300' >> $tmp/pg/data/postgresql.conf"
  as_pg "$pgbin/pg_ctl -D $tmp/pg/data -l $tmp/pg/log -w start" >/dev/null
  own_pg=1 BENCH_PG=postgresql://postgres@127.0.0.1:$port BENCH_PG_PID=$(head -1 "$tmp/pg/data/postmaster.pid") BENCH_PG_LOG=$tmp/pg/log
fi
sql() { psql -X -Atq -v ON_ERROR_STOP=1 -d "$BENCH_PG/$1" -c "$2"; }
database() { sql postgres "select 1 from pg_database where datname='$1'" | grep -q 1 || sql postgres "create database $1"; }
# measure NAME REPEAT -- further arguments of measure.mjs
# (a run that other processes or machines disturbed does not count, up to as many again)
measure() { local name=$1 n=$2 i=0 good=0; shift 2
  while [ $good -lt "$n" ] && [ $i -lt $((2 * n)) ]; do
    i=$((i + 1))
    locked node "$load/measure.mjs" --name "$name" --url "$url" --secs "$secs" --server-pid "$server" \
      ${BENCH_PG_PID:+--pg-pid $BENCH_PG_PID} "$@" && good=$((good + 1)) || [ $? = 3 ]
  done; }
warm() { RESULTS='' locked node "$load/measure.mjs" --name warm --url "$url" --secs 5 --server-pid "$server" "$@" >/dev/null || [ $? = 3 ]; }

cases() { for k in insert rollup; do for s in $1; do for c in $2; do printf '%s-%s-%sc,' $k $s $c; done; done; done | sed 's/,$//'; }
bench_pg() {
  database limits
  for _ in $(seq "$runs"); do
    DATABASE_URL=$BENCH_PG/limits locked node "$load/pg-limits.mjs" 1000000 copy-heap,copy-indexed
    DATABASE_URL=$BENCH_PG/limits locked node "$load/pg-limits.mjs" 500000 "$(cases '500 1000 5000' '1 2')"
    DATABASE_URL=$BENCH_PG/limits locked node "$load/pg-limits.mjs" 100000 insert-1-1c,insert-1-16c,insert-1-64c   # a commit for every event
    DATABASE_URL=$BENCH_PG/limits locked node "$load/pg-limits.mjs" 500000 insert-100-1c,insert-100-4c,insert-100-16c
    DATABASE_URL=$BENCH_PG/limits locked node --max-old-space-size=6000 "$load/pg-limits.mjs" 3000000 rollup-1000-2c
  done
}

bench_bare() {   # BARE=kestrel or BARE=node for one of them; PARSE=0 or 1 for one of the Node variants
  ( cd "$load/bare-kestrel" && dotnet publish -c Release -o "$tmp/kestrel" >/dev/null )
  url=http://127.0.0.1:3001
  [ "${BARE:-node}" = node ] && for parse in ${PARSE:-0 1}; do
    start "$load" PORT=3001 PARSE=$parse node bare-node.mjs
    warm --mode single --conns 64
    measure "bare-node-parse$parse single" "$runs" --mode single --conns 64
    measure "bare-node-parse$parse batch100" "$runs" --mode batch --conns 16
    stop
  done
  [ "${BARE:-kestrel}" = kestrel ] || return 0
  url=http://127.0.0.1:3002
  start "$tmp/kestrel" PORT=3002 dotnet bare-kestrel.dll
  warm --mode single --conns 64
  measure "bare-kestrel single" "$runs" --mode single --conns 64
  measure "bare-kestrel batch100" "$runs" --mode batch --conns 16
  stop
}

# ingest_cases NAME DB COUNT RESET [measure.mjs arguments]; the server is running
ingest_cases() { local name=$1 db=$BENCH_PG/$2 count=$3 reset=$4; shift 4
  warm --mode single --conns 64 "$@"
  measure "$name single" "$runs" --mode single --conns 64 --db "$db" --count "$count" --reset "$reset" "$@"
  measure "$name batch100" "$runs" --mode batch --conns 16 --db "$db" --count "$count" --reset "$reset" "$@"
  for rate in ${PACED:-20000 40000 60000}; do   # clients that pause between requests: what is taken without refusals
    measure "$name batch100 offered $rate/s" "$runs" --mode batch --conns 16 --delay $((1600000 / rate)) --db "$db" --count "$count" --reset "$reset" "$@"
  done
}
journey_cases() { local name=$1 db=$BENCH_PG/$2 count=$3; shift 3
  warm --mode journey --conns 16 --bg-mode batch --bg-conns 16 --bg-delay 320 "$@"   # both paths, of both servers
  measure "$name journey idle 1 conn" "$runs" --mode journey --conns 1 "$@"
  measure "$name journey idle" "$runs" --mode journey --conns 16 "$@"
  measure "$name journey under 5000/s" "$runs" --mode journey --conns 16 --bg-mode batch --bg-conns 16 --bg-delay 320 --db "$db" --count "$count" "$@"
}

PRELOAD="insert into events select gen_random_uuid(), 'user_' || u, 'sess_' || u || '_' || i % 5, 'page_view',
  jsonb_build_object('url', '/products/' || i % 2000 || '?ref=newsletter&pos=' || i % 50, 'referrer', 'https://www.google.com/search?q=product+' || i % 2000, 'screen', '1920x1080'),
  now() - random() * interval '30 d', now() from (select i, 1 + floor(50000 * power(random(), 2))::int u from generate_series(1, 1000000) i) q"

baseline_up() { database baseline; url=http://127.0.0.1:3003; start "$here/baseline-express" DATABASE_URL="$BENCH_PG/baseline" PORT=3003 node index.mjs; }
bench_baseline() {
  local count='select count(*) from events' reset='truncate events'
  baseline_up; ingest_cases baseline baseline "$count" "$reset" --stats "$url/stats"
  sql baseline "$reset"; sql baseline "$PRELOAD"; sql baseline 'vacuum analyze events'
  journey_cases baseline baseline "$count"; stop
}
bench_baseline_kill() {
  loss() { baseline_up; sql baseline 'truncate events'; locked node "$load/loss.mjs" --name "$1" --url "$url" --pid "$server" --db "$BENCH_PG/baseline" "${@:2}"; stop; }
  for _ in $(seq "$runs"); do
    loss 'baseline kill -9, saturated' --conns 64
    loss 'baseline kill -9, ~400 events/s' --conns 16 --delay 40 --secs 5.5
    loss 'baseline kill -9, batches of 100' --conns 16 --batch 100
  done
}

server_dll=$here/../src/GrainAnalytics.Standalone/bin/Release/net10.0/GrainAnalytics.Standalone.dll
read_headers='Authorization: Bearer bench-api' write_headers='X-Write-Key: bench-write'
npgsql() { echo "$1" | sed -E 's#^postgres(ql)?://([^@/:]+)(:([^@]*))?@([^:/]+):([0-9]+).*#Host=\5;Port=\6;Username=\2;Password=\4#'; }
ours_up() {
  database ours; url=http://127.0.0.1:${BENCH_PORT:-3200}
  [ -f "$server_dll" ] || ( cd "$here/.." && dotnet build -c Release src/GrainAnalytics.Standalone >/dev/null )
  # With a spool, as ./run starts it; SPOOL=0 without.
  rm -rf "$tmp/spool"
  ( cd "$tmp"; exec env ASPNETCORE_URLS=$url ${SPOOL:+Spool__Enabled=$([ "$SPOOL" = 0 ] && echo false || echo true)} Spool__Path="$tmp/spool" Bootstrap__WriteKey=bench-write Bootstrap__ApiKey=bench-api \
      ConnectionStrings__Postgres="$(npgsql "$BENCH_PG");Database=ours" dotnet "$server_dll" ) >"$tmp/server.log" 2>&1 & server=$!
  for _ in $(seq 150); do curl -sf -o /dev/null "$url/health/ready" && return; sleep 0.1; done; cat "$tmp/server.log"; return 1
}
OURS_COUNT='select count(*) from events'
OURS_RESET='truncate events, event_keys, event_hourly, user_days, daily_active_users, sessions, dead_letters, fold_journal, users, visits, hour_activity, period_users,
  retention, session_days, value_months, value_users'
# The same million rows as the baseline's, with the rows that belong to them.
OURS_PRELOAD="with made as (select gen_random_uuid() as key, 'user_' || u as user_id, 'sess_' || u || '_' || i % 5 as session_id,
    json_build_object('url', '/products/' || i % 2000 || '?ref=newsletter&pos=' || i % 50, 'referrer', 'https://www.google.com/search?q=product+' || i % 2000, 'screen', '1920x1080') as payload,
    now() - random() * interval '30 d' as occurred_at from (select i, 1 + floor(50000 * power(random(), 2))::int u from generate_series(1, 1000000) i) q),
  keys as (insert into event_keys (site_id, key, occurred_at) select 1, key, occurred_at from made),
  days as (insert into user_days (site_id, day, user_id) select distinct 1, (occurred_at at time zone 'UTC')::date, user_id from made),
  hours as (insert into event_hourly (site_id, hour, type, shard, events, version) select 1, date_trunc('hour', occurred_at), 'page_view', 0, count(*), 1 from made group by 2),
  active as (insert into daily_active_users (site_id, day, shard, users, version) select 1, (occurred_at at time zone 'UTC')::date, 0, count(distinct user_id), 1 from made group by 2),
  visits as (insert into sessions (site_id, session_id, user_id, started_at, last_seen_at, event_count) select 1, session_id, user_id, min(occurred_at), max(occurred_at), count(*) from made group by session_id, user_id)
  insert into events (site_id, key, user_id, session_id, type, payload, occurred_at, received_at)
  select 1, key, user_id, session_id, 'page_view', payload, occurred_at, now() from made"
bench_ours() {
  local write=(--path /v1/events --headers "$write_headers")
  local read=(--prefix /v1 --headers "$read_headers" --bg-path /v1/events --bg-headers "$write_headers")
  ours_up; ingest_cases ours ours "$OURS_COUNT" "$OURS_RESET" "${write[@]}"; stop
  # Caches of the run before know users whose rows the reset removed: a new process starts without them.
  sql ours "$OURS_RESET"; sql ours "$OURS_PRELOAD"; sql ours 'vacuum analyze'; sql ours checkpoint
  ours_up; journey_cases ours ours "$OURS_COUNT" "${read[@]}"; stop
}
bench_ours_kill() {
  for _ in $(seq "$runs"); do
    for c in '--conns 64' '--conns 16 --batch 100'; do
      ours_up; sql ours "$OURS_RESET"; stop; ours_up
      # shellcheck disable=SC2086
      locked node "$load/loss.mjs" --name "ours kill -9, $c" --url "$url" --pid "$server" --db "$BENCH_PG/ours" --path /v1/events \
        --headers "$write_headers" --ids-sql "select coalesce(event_id, key::text) from events" $c; stop
    done
  done
}
# What the spool costs while the database answers: the same load with and without it, in turns.
bench_spool() { local name
  for _ in $(seq "$runs"); do for SPOOL in 1 0; do
    name="spool $([ $SPOOL = 1 ] && echo on || echo off)"
    ours_up; sql ours "$OURS_RESET"; stop; ours_up
    warm --mode single --conns 64 --path /v1/events --headers "$write_headers"
    for c in 'single --mode single --conns 64' 'batch100 --mode batch --conns 16'; do
      # shellcheck disable=SC2086
      measure "$name ${c%% *}" 1 ${c#* } --db "$BENCH_PG/ours" --count "$OURS_COUNT" --reset "$OURS_RESET" --path /v1/events --headers "$write_headers"
    done; stop
  done; done; unset SPOOL
}
# The same events as a batch of ours and as one of Segment's, in turns.
bench_dialects() {
  ours_up; sql ours "$OURS_RESET"; stop; ours_up
  locked node "$load/dialects.mjs" --url "$url" --server-pid "$server" --pairs "${PAIRS:-14}" --headers "$write_headers"; stop
}
# Resident memory after 100,000 users sent 10 events each, and again after each of them was looked up.
bench_memory() { ours_up; sql ours "$OURS_RESET"; stop; ours_up; node "$load/memory.mjs" --url "$url" --pid "$server"; stop; }

# From stored to seen, with 1, 10 and 1,000 viewers, and commits a second. Events 250 ms apart are each passed on at once; those
# 20 ms apart share updates, and the difference is what that adds.
bench_live() {
  for _ in $(seq "$runs"); do
    for viewers in 1 10 1000; do for every in 250 20; do
      ours_up; sql ours "$OURS_RESET"; stop; ours_up
      locked node "$load/live.mjs" --url "$url" --viewers $viewers --every $every --secs "$secs" --db "$BENCH_PG/ours" --server-pid "$server"; stop
    done; done
  done
}

# Three times the load that the server can carry: what it still stores, how soon it refuses the rest, and how soon it is back.
bench_overload() { local batch
  for _ in $(seq "$runs"); do for batch in ${BATCH:-100 1}; do
    ours_up; sql ours "$OURS_RESET"; stop; ours_up
    locked node "$load/overload.mjs" --url "$url" --batch "$batch" --secs "${SECS:-60}" --best-secs "${BEST_SECS:-15}" --headers "$write_headers" \
      --db "$BENCH_PG/ours" --count "$OURS_COUNT" --server-pid "$server" ${BENCH_PG_PID:+--pg-pid $BENCH_PG_PID} || [ $? = 3 ]
    stop
  done; done
}

# The same over three silos: viewers at one, the writer at another.
bench_cluster_live() { local pid
  for viewers in 1 10 1000; do for every in 250 20; do
    : >"$tmp/live.log"; sql postgres "drop database if exists live with (force)"; database live
    [ -z "${BENCH_PG_LOG:-}" ] || sql postgres "alter database live set log_statement = 'all'"
    ConnectionStrings__Postgres="$(npgsql "$BENCH_PG");Database=live" Bootstrap__WriteKey=bench-write Bootstrap__ApiKey=bench-api \
      "$here/../run" --port 3400 --silos 3 --data "$tmp/live" >"$tmp/live.log" 2>&1 & pid=$!
    until grep -q 'is ready' "$tmp/live.log"; do kill -0 $pid || { cat "$tmp/live.log"; return 1; }; sleep 0.2; done
    locked node "$load/live.mjs" --name "cluster live, $viewers viewers, every $every ms" --url http://127.0.0.1:3401 --post-url http://127.0.0.1:3400 \
      --viewers $viewers --every $every --secs "$secs" --db "$BENCH_PG/live" ${BENCH_PG_LOG:+--log "$BENCH_PG_LOG"}
    kill $pid; wait $pid || true; : >"$tmp/live.log"
  done; done
}

cluster() {
  [ -f "$here/../src/GrainAnalytics.Silo/bin/Release/net10.0/GrainAnalytics.Silo.dll" ] || ( cd "$here/.." && dotnet build -c Release src/GrainAnalytics.Silo >/dev/null )
  for _ in $(seq "$runs"); do
    locked node "$load/cluster.mjs" "$1" --pg "$BENCH_PG" ${BENCH_PG_PID:+--pg-pid $BENCH_PG_PID} --silos "${SILOS:-3}" --secs "${SECS:-${2:-12}}" \
      --posts "${POSTS:-10000}" --users "${USERS:-100000}"
  done; }
bench_cluster_ryw() { cluster ryw; }
bench_cluster_kill() { cluster kill 120; }
bench_cluster_rolling() { cluster rolling; }
bench_cluster_cost() { cluster cost; }
bench_cluster_hot() { cluster hot; }
bench_cluster_memory() { cluster memory; }

[ $# -gt 0 ] || set -- baseline ours
for section; do "bench_$section"; done
node "$load/summarize.mjs" "$RESULTS"
