#!/usr/bin/env bash
# The questions of analytics, asked of a database of 50 million events of 1 million users in 90 days while 2,000 events/s come in.
#   bench/analytics.sh [fill] [ask] [raw] [plans] [sizes] [ingest]     (default: all of them, in this order)
#   fill    makes the database: events by SQL, what writers keep by SQL, what folds keep by the server. Takes about an hour.
#   ask     every question, ASKS times each, over HTTP, under load: median, p95, p99
#   raw     the same questions of the raw table in SQL, and whether their answers are equal
#   plans   of each question the plan, as auto_explain has it, in results/*.plans.md
#   sizes   bytes per million events, by table and index
#   ingest  batches and single events into the full database and into an empty one, in turns
# Needs: psql and the PostgreSQL server binaries, Node 20+, the .NET SDK, wrk, and `npm install` done here.
# Results: results/analytics-*.jsonl, and tables.
#   BENCH_DATA=folder   of the database cluster; it is kept (default: a folder under /var/tmp). 25 GB
#   EVENTS=50000000 USERS=1000000 DAYS=90 ZONE=Europe/Berlin    what is filled; smaller for a quick look
#   ASKS=100 RATE=2000  questions of each kind that a rollup answers, and events/s that come in meanwhile
#   ONLY=regex         questions of raw
#   BENCH_BUFFERS=16GB  PostgreSQL's own memory. Where the page cache is large and is not taken away, a quarter of the machine's will do
#   BENCH_PG_PORT=55491 BENCH_PORT=3210
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd) data=${BENCH_DATA:-/var/tmp/grain-analytics-bench} buffers=${BENCH_BUFFERS:-16GB} port=${BENCH_PG_PORT:-55491}
export EVENTS=${EVENTS:-50000000} USERS=${USERS:-1000000} DAYS=${DAYS:-90} ZONE=${ZONE:-Europe/Berlin} ASKS=${ASKS:-100} RATE=${RATE:-2000}
export BENCH_PG=postgresql://postgres@127.0.0.1:$port URL=http://127.0.0.1:${BENCH_PORT:-3210}
server_dll=$here/../src/GrainAnalytics.Standalone/bin/Release/net10.0/GrainAnalytics.Standalone.dll
pgbin=${PGBIN:-$(ls -d /usr/lib/postgresql/*/bin | tail -1)}
tmp=$(mktemp -d) server=
mkdir -p "$here/results"
export RESULTS=${RESULTS:-$here/results/analytics-$(date -u +%Y%m%dT%H%M%SZ).jsonl}
as_pg() { if [ "$(id -u)" = 0 ]; then su postgres -c "$1"; else sh -c "$1"; fi; }
sql() { psql -X -Atq -v ON_ERROR_STOP=1 -d "$BENCH_PG/$1" "${@:2}"; }
say() { echo "$(date +%T) $*" >&2; }
stop() { if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; server=; fi; }
finish() { stop; as_pg "$pgbin/pg_ctl -D $data/pg -m fast stop" >/dev/null || true; rm -rf "$tmp"; }
trap finish EXIT

pg_up() {
  if [ ! -d "$data/pg" ]; then
    mkdir -p "$data"; [ "$(id -u)" = 0 ] && chown postgres "$data"
    as_pg "$pgbin/initdb -D $data/pg -A trust -U postgres" >/dev/null
    # Fewer checkpoints than for small databases; everything else as PostgreSQL comes.
    as_pg "printf '%s\n' \"listen_addresses='127.0.0.1'\" \"unix_socket_directories='$data'\" \"max_wal_size='8GB'\" 'max_connections=200' >> $data/pg/postgresql.conf"
  fi
  as_pg "$pgbin/pg_ctl -D $data/pg -l $data/log -o '-p $port -c shared_buffers=$buffers' -w start" >/dev/null
}

# server_up DATABASE: until it answers, which is after migrations, but not after rollups are built
server_up() {
  [ -f "$server_dll" ] || ( cd "$here/.." && dotnet build -c Release src/GrainAnalytics.Standalone >/dev/null )
  ( cd "$tmp"; exec env ASPNETCORE_URLS="$URL" Spool__Path="$tmp/spool" Bootstrap__WriteKey=bench-write Bootstrap__ApiKey=bench-api Bootstrap__TimeZone="$ZONE" \
      Bootstrap__AdminToken=bench-admin ConnectionStrings__Postgres="Host=127.0.0.1;Port=$port;Username=postgres;Database=$1" dotnet "$server_dll" ) >"$tmp/server.log" 2>&1 & server=$!
  for _ in $(seq 300); do curl -sf -o /dev/null "$URL/health/ready" && return; sleep 0.2; done; cat "$tmp/server.log"; return 1
}

fill_days() { for day in $(seq "$1" 2 $((DAYS - 1))); do
    sql analytics -v day="$day" -v days="$DAYS" -v events="$EVENTS" -v users="$USERS" -v first="$first" -v zone="$ZONE" -f "$here/analytics/day.sql"
    [ $((day % 10)) != 0 ] || say "day $day of $DAYS"
  done; }
events() {
  local began=$SECONDS first indexes
  sql postgres -c 'drop database if exists analytics with (force)' -c 'create database analytics'
  server_up analytics; stop
  sql analytics -f "$here/analytics/contexts.sql"
  first=$(date -u -d "$DAYS days ago" +%F)   # to yesterday
  indexes=$(sql analytics -c "select indexdef || ';' from pg_indexes where tablename = 'events'" | sed 's/ ON ONLY / ON /')
  sql analytics -c 'drop index events_by_user, events_by_arrival, events_by_time' -c 'alter table event_keys drop constraint event_keys_pkey' -c 'alter table sessions drop constraint sessions_pkey'
  fill_days 0 & fill_days 1; wait $!
  say "events are there after $((SECONDS - began)) s"
  export PGOPTIONS='-c work_mem=1GB -c maintenance_work_mem=2GB'
  sql analytics -v zone="$ZONE" -f "$here/analytics/after.sql"
  say "what writers keep, after $((SECONDS - began)) s"
  sql analytics -c 'alter table event_keys add primary key (key, site_id)' & sql analytics -c 'alter table sessions add primary key (session_id, site_id)' -c "$indexes"; wait $!
  unset PGOPTIONS
  sql analytics -c 'vacuum (analyze, freeze) events' -c 'vacuum (analyze, freeze) event_keys' -c 'vacuum analyze'
  say "indexes, after $((SECONDS - began)) s"
}
# The server makes what folds keep, because it is marked as missing.
rebuild() {
  local began=$SECONDS
  sql analytics -c 'update sites set needs_rebuild = true'
  server_up analytics
  until curl -sf -o /dev/null -H 'Authorization: Bearer bench-api' "$URL/v1/stats/dau"; do sleep 2; kill -0 $server; done
  say "rollups are built after $((SECONDS - began)) s"
  stop
  sql analytics -c 'vacuum analyze' -c checkpoint
}
fill() { events; rebuild; }
# As after some hours of use: what is read at random is in memory, as far as it fits, and autovacuum has been at the rollups.
warm() { sql analytics -c 'vacuum (analyze) value_months, value_users, users, hour_activity, event_hourly, daily_active_users, session_days, period_users, retention, fold_journal'
  sql analytics -c 'create extension if not exists pg_prewarm' -c "select sum(pg_prewarm(i.indexrelid)) from pg_index i join pg_inherits h on h.inhrelid = i.indrelid where h.inhparent = 'events'::regclass" \
  -c "select sum(pg_prewarm(inhrelid)) from (select inhrelid from pg_inherits where inhparent = 'events'::regclass order by inhrelid::regclass::text) p" \
  -c "select sum(pg_prewarm(oid)) from pg_class where relname in ('visits', 'visits_pkey', 'users', 'users_pkey', 'value_months', 'value_users')" >/dev/null; }
ask() { warm; server_up analytics; node "$here/analytics/ask.mjs"; stop; }
raw() { server_up analytics; node "$here/analytics/raw.mjs"; stop; }
plans() { sql postgres -c "load 'auto_explain'" -c "alter system set session_preload_libraries = 'auto_explain'" -c 'alter system set auto_explain.log_min_duration = 0' -c 'alter system set auto_explain.log_analyze = on' \
    -c 'alter system set auto_explain.log_buffers = on' -c 'select pg_reload_conf()' >/dev/null
  server_up analytics; PG_LOG=$data/log node "$here/analytics/plans.mjs"; stop
  sql postgres -c 'alter system reset all' -c 'select pg_reload_conf()' >/dev/null; }
sizes() { sql analytics -P footer=off -A -F ' | ' -t -f "$here/analytics/sizes.sql"; }
# Batches of 100 over 16 connections and single events over 64, into the full database and an empty one, in turns.
ingest() {
  local turn where mode conns
  for turn in 1 2 3; do
    for where in analytics empty; do
      [ $where = analytics ] || sql postgres -c 'drop database if exists empty with (force)' -c 'create database empty'
      server_up $where
      for mode in batch single; do
        [ $mode = batch ] && conns=16 || conns=64
        RESULTS='' load $mode $conns 4 warm >/dev/null
        load $mode $conns 12 "$where $mode" | node -e 'const o = JSON.parse(require("fs").readFileSync(0)); console.log(o.name, "|", o.ackedPerSec, "events/s | p99", o.p99, "| refused", o.refused, "| CPU server", o.cpuServer, "PostgreSQL", o.cpuPg)'
      done
      stop
    done
  done
}
load() { node "$here/load/measure.mjs" --name "$4" --url "$URL" --mode "$1" --conns "$2" --secs "$3" --server-pid "$server" --pg-pid "$(head -1 "$data/pg/postmaster.pid")" --path /v1/events --headers 'X-Write-Key: bench-write' || [ $? = 3 ]; }

pg_up
for section in ${*:-fill ask raw plans sizes ingest}; do $section; done
