#!/usr/bin/env bash
# A private PostgreSQL cluster under one folder: a command, and a library when sourced.
#
#   DIR/pg                  the data; belongs to the user that runs the server, never root
#   DIR/postgres.password   of the role grainanalytics (mode 600)
#   DIR/postgres.port       chosen at the first start
set -euo pipefail
# shellcheck source=scripts/lib.sh disable=SC1091
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

PG_NAME=grainanalytics # role and database

pg_usage() {
  cat <<END
Usage: scripts/postgres.sh start|stop|status DIR

  start    starts the private PostgreSQL in DIR (made when absent), waits until it accepts connections,
           and prints its Npgsql connection string
  stop     stops it (fast: open transactions are rolled back)
  status   says whether it runs; exit code 0 running, 3 stopped

Environment:
  PGBIN          folder of initdb, pg_ctl and postgres; otherwise the newest version found, else installed
  PG_EXTRA_CONF  further lines for postgresql.conf, newline-separated (durability settings cannot be changed)
END
}

# --- the server's programs -------------------------------------------------------------------------------------------

pg_major() { "$1/postgres" --version 2>/dev/null | sed -nE 's/^[^0-9]*([0-9]+).*/\1/p'; }

pg_list_programs() { # "MAJOR FOLDER" lines, newest first
  local folder found
  for folder in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/libexec/postgresql*/ /opt/homebrew/opt/postgresql*/bin \
    /usr/local/opt/postgresql*/bin "$(dirname "$(command -v initdb || echo /)")" \
    "$(pg_config --bindir 2>/dev/null || true)"; do
    if [[ -x $folder/initdb && -x $folder/pg_ctl && -x $folder/postgres ]]; then
      found=$(pg_major "$folder")
      [[ -z $found ]] || printf '%s %s\n' "$found" "$folder"
    fi
  done | sort -rn -s -k1,1
}

pg_install() {
  # Debian's package would also start a cluster "main" on port 5432, which nobody asked for.
  local settings=/etc/postgresql-common/createcluster.conf
  if command -v apt-get >/dev/null && is_root && [[ ! -e $settings ]]; then
    mkdir -p "${settings%/*}"
    echo 'create_main_cluster = false' >"$settings"
  fi
  install_packages postgresql postgresql-server postgresql postgresql >&2
}

# Sets PG_BIN: to the version that wrote PG_DATA, or to the newest.
pg_find_programs() {
  local wanted='' found
  [[ ! -f $PG_DATA/PG_VERSION ]] || wanted=$(cat "$PG_DATA/PG_VERSION")
  if [[ -n ${PGBIN:-} ]]; then
    found="$(pg_major "$PGBIN") $PGBIN"
    [[ $found != " "* ]] || die "PGBIN=$PGBIN has no working PostgreSQL server programs."
  else
    found=$(pg_list_programs)
    if [[ -z $found ]]; then
      pg_install || die "PostgreSQL is needed: install it, or set ConnectionStrings__Postgres to a server of yours."
      found=$(pg_list_programs)
      [[ -n $found ]] || die "PostgreSQL was installed, but its programs were not found; set PGBIN to their folder."
    fi
  fi
  PG_BIN=$(sed -nE "s/^${wanted:-[0-9]+} //p" <<<"$found" | head -n1)
  [[ -n $PG_BIN ]] || die "$PG_DATA was written by PostgreSQL $wanted, but only these were found:
$found
Install PostgreSQL $wanted, or upgrade the data with pg_upgrade."
}

# --- the server's user -----------------------------------------------------------------------------------------------

pg_owner_of() { stat -c %U "$1" 2>/dev/null || stat -f %Su "$1"; }

# Sets PG_USER, the user that runs the server; empty: this one.
pg_find_user() {
  PG_USER=
  if ! is_root; then
    [[ ! -d $PG_DATA || -O $PG_DATA ]] || die "$PG_DATA belongs to the user $(pg_owner_of "$PG_DATA"): \
run as that user (or as root), or choose another data folder."
    return 0
  fi
  PG_USER=postgres
  [[ ! -d $PG_DATA ]] || PG_USER=$(pg_owner_of "$PG_DATA")
  [[ $PG_USER != root ]] || die "$PG_DATA belongs to root, and PostgreSQL refuses to run as root: chown it."
  if ! id "$PG_USER" >/dev/null 2>&1; then
    useradd --system --no-create-home "$PG_USER" 2>/dev/null || adduser -S -D -H "$PG_USER" ||
      die "no user '$PG_USER' to run PostgreSQL as, and it could not be made (it never runs as root)."
  fi
}

# pg_as COMMAND...: as the server's user, in a folder it can enter, without this script's environment: secrets of the
# program, or variables like PGPORT, are not for the server.
pg_as() (
  cd /
  local clean=(env -i "PATH=$PATH" HOME=/ LC_ALL=C ${LD_LIBRARY_PATH:+"LD_LIBRARY_PATH=$LD_LIBRARY_PATH"} "$@")
  if [[ -z $PG_USER ]]; then
    exec "${clean[@]}"
  elif setpriv --help 2>/dev/null | grep -q -- --reuid; then # BusyBox has a setpriv without it
    exec setpriv --reuid "$PG_USER" --regid "$(id -g "$PG_USER")" --init-groups "${clean[@]}"
  elif command -v runuser >/dev/null; then
    exec runuser -u "$PG_USER" -- "${clean[@]}"
  else
    exec su -s "$BASH" "$PG_USER" -c "$(printf '%q ' "${clean[@]}")"
  fi
)

# In a subshell that then starts a server: whatever pipe or lock the caller had open must not stay open with it.
pg_close_inherited() {
  local fd
  for fd in /dev/fd/*; do
    fd=${fd##*/}
    if [[ $fd =~ ^[0-9]+$ ]] && ((fd > 2)); then eval "exec $fd>&-" 2>/dev/null || true; fi
  done
}

pg_write_as() { pg_as tee "$1" >/dev/null; } # FILE, contents on stdin

pg_check_path() {
  local blocked
  # shellcheck disable=SC2016 # expanded by the other user's shell
  blocked=$(pg_as "$BASH" -c '
    folder=$1; blocked=
    while [[ -n $folder ]]; do [[ -x $folder ]] || blocked=$folder; folder=${folder%/*}; done
    printf "%s" "$blocked"' check "$PG_HOME")
  [[ -z $blocked ]] || die "PostgreSQL runs as the user '$PG_USER', never as root, and cannot enter the folder $blocked.
Choose a data folder elsewhere (./run --data /var/lib/grain-analytics), or let others pass through: chmod o+x $blocked"
}

# --- a new cluster ---------------------------------------------------------------------------------------------------

# pg_single DATA SQL...: runs statements without a server and without a password, one a line.
pg_single() {
  local data=$1 out
  shift
  out=$(printf '%s\n' "$@" |
    pg_as "$PG_BIN/postgres" --single -D "$data" -c password_encryption=scram-sha-256 postgres 2>&1) || die "$out"
  if grep -qE '(ERROR|FATAL|PANIC):' <<<"$out"; then die "$out"; fi # errors of statements do not change its exit code
}

pg_new_password() { # DATA
  local password
  password=$(random_hex 16)
  pg_single "$1" "alter role $PG_NAME password '$password'"
  (umask 077 && printf '%s\n' "$password" >"$PG_HOME/postgres.password")
}

# The data folder gets its name when it is complete. So a folder named pg is never a half-made one, and never wiped.
pg_create() {
  local new=$PG_DATA.new locale=C out
  note "Creating a PostgreSQL $(pg_major "$PG_BIN") cluster in $PG_DATA …"
  rm -rf "$new"
  mkdir -m 700 "$new"
  [[ -z $PG_USER ]] || chown "$PG_USER" "$new"
  if locale -a 2>/dev/null | grep -qiE '^C\.utf-?8$'; then locale=C.UTF-8; fi
  # trust: nothing can connect before pg_hba.conf is written below
  out=$(pg_as "$PG_BIN/initdb" -D "$new" -U "$PG_NAME" -A trust -E UTF8 --locale="$locale" --lc-messages=C 2>&1) ||
    die "initdb failed:
$out"
  pg_write_as "$new/pg_hba.conf" <<END
# Only from this machine, only with the password.
host all         all 127.0.0.1/32 scram-sha-256
host replication all 127.0.0.1/32 scram-sha-256
END
  echo "include_if_exists = 'grain-analytics.conf'" | pg_as tee -a "$new/postgresql.conf" >/dev/null
  pg_single "$new" "create database $PG_NAME"
  pg_new_password "$new"
  mv "$new" "$PG_DATA"
}

# --- start and stop --------------------------------------------------------------------------------------------------

pg_memory_mb() { # of the machine or, if smaller, of the container
  local kb limit
  if [[ -r /proc/meminfo ]]; then
    kb=$(sed -nE 's/^MemTotal: +([0-9]+) kB/\1/p' /proc/meminfo)
  else
    kb=$(($(sysctl -n hw.memsize 2>/dev/null || echo 2147483648) / 1024))
  fi
  limit=$(cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null | head -n1 || true)
  # 15 digits and more are the old way to say "no limit"
  if [[ $limit =~ ^[0-9]{1,14}$ ]] && ((limit / 1024 < kb)); then kb=$((limit / 1024)); fi
  echo $((kb / 1024))
}

pg_write_settings() { # PORT
  local memory buffers
  memory=$(pg_memory_mb)
  buffers=$((memory / 4))
  if ((buffers < 128)); then buffers=128; elif ((buffers > 2048)); then buffers=2048; fi
  pg_write_as "$PG_DATA/grain-analytics.conf" <<END
# Written by scripts/postgres.sh at every start; settings of yours belong into postgresql.auto.conf (ALTER SYSTEM).
listen_addresses = '127.0.0.1'
port = $1
unix_socket_directories = ''      # socket paths are limited to 107 bytes, and TCP does
max_connections = 100
shared_buffers = ${buffers}MB
effective_cache_size = $((memory / 2))MB
max_wal_size = 4GB
checkpoint_timeout = 15min
wal_compression = on
jit = off                         # compiling costs more than these short queries take
timezone = 'UTC'
${PG_EXTRA_CONF:-}
# Last, so that nothing above can weaken it: acknowledged means stored.
fsync = on
synchronous_commit = on
full_page_writes = on
END
}

pg_process_is_ours() { # PID: a postgres process of this data folder?
  if [[ -e /proc/self/cwd ]]; then
    [[ /proc/$1/cwd -ef $PG_DATA && $(cat "/proc/$1/comm" 2>/dev/null) == postgres* ]]
  else
    [[ $(ps -p "$1" -o command= 2>/dev/null) == *postgres*"$PG_DATA"* ]]
  fi
}

# Prints the pid of the running postmaster. Not pg_ctl status: that believes any process that has the pid in a stale
# postmaster.pid, which is likely after a restart of a container.
pg_running() {
  local pid
  pid=$(sed -n 1p "$PG_DATA/postmaster.pid" 2>/dev/null) || return 1
  [[ $pid =~ ^[0-9]+$ ]] && pg_process_is_ours "$pid" && echo "$pid"
}

# After kill -9 of the postmaster: waits for its last children, then removes the file that another process with the same
# pid would make PostgreSQL believe.
pg_clear_stale() {
  local tries=1200 process alive     # two minutes: a disk that stands still keeps them
  [[ -e $PG_DATA/postmaster.pid ]] || return 0
  while ((tries-- > 0)); do
    alive=
    for process in /proc/[0-9]*; do
      if pg_process_is_ours "${process#/proc/}"; then alive=${process#/proc/}; fi
    done
    [[ -n $alive ]] || break
    sleep 0.1
  done
  [[ -z $alive ]] || die "process $alive of an earlier PostgreSQL still uses $PG_DATA; end it and try again."
  rm -f "$PG_DATA/postmaster.pid"
}

# Prints the port of the last start if nobody else has it, otherwise another: below the silos' ports (30000 and up), and
# below 32768, where Linux begins to take ports for outgoing connections.
pg_choose_port() {
  local port tries=100
  port=$(cat "$PG_HOME/postgres.port" 2>/dev/null || true)
  while [[ ! $port =~ ^[0-9]+$ ]] || port_taken 127.0.0.1 "$port"; do
    ((tries-- > 0)) || die "found no free port for PostgreSQL"
    port=$((20000 + RANDOM % 10000))
  done
  printf '%s\n' "$port" >"$PG_HOME/postgres.port"
  echo "$port"
}

pg_launch() {
  local tries=6 log=$PG_DATA/server.log port out
  note "Starting PostgreSQL …"
  while ((tries-- > 0)); do
    pg_clear_stale
    port=$(pg_choose_port)
    pg_write_settings "$port"
    [[ ! -e $log ]] || mv -f "$log" "$log.1"
    # 600 s: after a crash it first replays its log
    if out=$(pg_close_inherited && pg_as "$PG_BIN/pg_ctl" start -D "$PG_DATA" -w -t 600 -s -l "$log" 2>&1); then
      return 0
    fi
    if grep -qE 'could not bind|could not create any TCP' "$log"; then # taken by someone who does not listen
      rm -f "$PG_HOME/postgres.port"
    elif ! grep -qE 'still in use|already exists' "$log"; then # memory of a killed server, soon free
      break
    fi
    sleep 1
  done
  die "PostgreSQL did not start: $out
$(tail -n 20 "$log" 2>/dev/null)"
}

pg_wait_ready() { # a server found running may still be replaying its log
  local tries=3000
  while [[ $(sed -n 8p "$PG_DATA/postmaster.pid" 2>/dev/null) != ready* ]]; do
    if ((tries-- == 0)) || ! pg_running >/dev/null; then
      die "PostgreSQL in $PG_DATA did not become ready; see $PG_DATA/server.log"
    fi
    sleep 0.2
  done
}

pg_halt() {
  pg_as "$PG_BIN/pg_ctl" stop -D "$PG_DATA" -m fast -w -t 120 -s >&2 ||
    pg_as "$PG_BIN/pg_ctl" stop -D "$PG_DATA" -m immediate -w -t 30 -s >&2 # crash-safe; the next start replays its log
}

pg_open() { # DIR
  PG_HOME=$(make_folder "$1") || die "cannot make the folder $1"
  PG_DATA=$PG_HOME/pg
  pg_find_programs
  pg_find_user
  [[ ! -e $PG_HOME/postgres.password || -r $PG_HOME/postgres.password ]] ||
    die "$PG_HOME/postgres.password belongs to the user $(pg_owner_of "$PG_HOME/postgres.password"): run as that user."
  acquire_lock "$PG_HOME/postgres.lock" 660 9 ||
    die "cannot lock $PG_HOME/postgres.lock: another start or stop is under way"
}

pg_start() ( # DIR; a subshell ends the lock with the function
  pg_open "$1"
  [[ -z $PG_USER ]] || pg_check_path
  if [[ ! -s $PG_HOME/postgres.password ]] && pg_running >/dev/null; then pg_halt; fi
  if ! pg_running >/dev/null; then
    [[ -d $PG_DATA ]] || pg_create
    if [[ ! -s $PG_HOME/postgres.password ]]; then
      pg_clear_stale
      pg_new_password "$PG_DATA"
    fi
    pg_launch
  fi
  pg_wait_ready
  printf 'Host=127.0.0.1;Port=%s;Database=%s;Username=%s;Password=%s\n' "$(sed -n 4p "$PG_DATA/postmaster.pid")" \
    "$PG_NAME" "$PG_NAME" "$(cat "$PG_HOME/postgres.password")"
)

pg_stop() ( # DIR
  [[ -d $1/pg ]] || return 0
  pg_open "$1"
  if pg_running >/dev/null; then pg_halt; fi
)

pg_status() ( # DIR
  local pid
  PG_DATA=$(cd "$1" 2>/dev/null && pwd -P)/pg || true
  if pid=$(pg_running); then
    echo "running: pid $pid, 127.0.0.1 port $(sed -n 4p "$PG_DATA/postmaster.pid"), data in $PG_DATA"
  else
    echo "stopped"
    return 3
  fi
)

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  case ${1:-} in
    -h | --help) pg_usage ;;
    start | stop | status)
      if [[ $# -ne 2 || -z $2 ]]; then
        pg_usage >&2
        exit 2
      fi
      "pg_$1" "$2"
      ;;
    *)
      pg_usage >&2
      exit 2
      ;;
  esac
fi
