# shellcheck shell=bash
# What ./run, ./test and scripts/postgres.sh share: messages, locks, ports, packages, dotnet, and the choice of program.
# To be sourced. Works with bash 3.2 (macOS), so: no associative arrays, no mapfile, no wait -n.

unset CDPATH # a user's CDPATH makes `cd` print and go elsewhere
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
STATE=$ROOT/obj/scripts # what these scripts remember between runs; safe to delete
SILO=GrainAnalytics.Silo
# shellcheck disable=SC2034 # for those who source this
STANDALONE=GrainAnalytics.Standalone

note() { printf '%s\n' "$@" >&2; }

die() { # MESSAGE [EXIT CODE]
  note "error: $1"
  exit "${2:-1}"
}

is_root() { [[ ${EUID:-$(id -u)} -eq 0 ]]; }

# Prints the absolute path of a folder, which is made when absent. A new one can be entered by others (711): a server
# started by root runs as another user, and the files with secrets in it have modes of their own.
make_folder() {
  if [[ ! -d $1 ]]; then
    mkdir -p "$1" || return 1
    chmod 711 "$1"
  fi
  (cd "$1" && pwd -P)
}

if command -v sha256sum >/dev/null; then SHA256=(sha256sum); else SHA256=(shasum -a 256); fi
sha256() { "${SHA256[@]}" | cut -d' ' -f1; }

random_hex() { # BYTES
  od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'
}

# --- locks and child processes ---------------------------------------------------------------------------------------

# acquire_lock FILE SECONDS FD: fails when the lock was not free within SECONDS. The lock ends with the process, and
# with every child that inherited FD: start children that outlive their purpose with FD closed.
acquire_lock() {
  local file=$1 fd=$3 tries=$(($2 * 5 + 1)) holder
  if command -v flock >/dev/null; then
    [[ -e $file ]] || : >>"$file" || return 1
    eval "exec $fd<\"\$file\"" || return 1 # reading is enough for flock, so it may be another user's file
  fi
  while ((tries-- > 0)); do
    if command -v flock >/dev/null; then
      flock -n "$fd" && return 0 # not -w: BusyBox has none
    else
      if mkdir "$file.d" 2>/dev/null; then
        echo "$$" >"$file.d/pid"
        return 0
      fi
      holder=$(cat "$file.d/pid" 2>/dev/null || true)
      if [[ -n $holder ]] && ! kill -0 "$holder" 2>/dev/null && mkdir "$file.break" 2>/dev/null; then
        # Its process is gone. One waiter at a time looks again and removes it: another may have done so since.
        [[ $(cat "$file.d/pid" 2>/dev/null || true) != "$holder" ]] || rm -rf "$file.d"
        rmdir "$file.break"
        continue
      fi
    fi
    sleep 0.2
  done
  return 1
}

release_lock() { # FILE FD
  eval "exec $2>&-"
  rm -rf "$1.d"
}

# run_child COMMAND...: like running it in the foreground, but a signal to this script is acted on at once instead of
# after the command; the exit trap then calls end_child. The child has a process group of its own, so that its own
# children end with it.
CHILD=
run_child() {
  local status=0
  set -m
  "$@" </dev/null 8<&- 9<&- &
  CHILD=$!
  set +m
  wait "$CHILD" || status=$?
  CHILD=
  return "$status"
}

end_child() {
  local tries=50
  [[ -n $CHILD ]] || return 0
  kill -TERM -- "-$CHILD" 2>/dev/null || return 0
  while ((tries-- > 0)) && kill -0 "$CHILD" 2>/dev/null; do sleep 0.1; done
  kill -KILL -- "-$CHILD" 2>/dev/null || true
}

# --- network ---------------------------------------------------------------------------------------------------------

connect() { # HOST PORT: as descriptor 3; bash wants [::1] without brackets
  exec 3<>"/dev/tcp/${1//[\[\]]/}/$2"
}

port_taken() ( # HOST PORT
  connect "$1" "$2"
) 2>/dev/null

http_status() ( # HOST PORT PATH: prints the status code, nothing when there is no answer. Needs no curl.
  connect "$1" "$2" || exit 0
  printf 'GET %s HTTP/1.0\r\nHost: %s:%s\r\n\r\n' "$3" "$1" "$2" >&3
  read -r -t 3 _ code _ <&3 || exit 0
  printf '%s' "$code"
) 2>/dev/null

# --- packages of the system ------------------------------------------------------------------------------------------

# install_packages APT DNF APK BREW: the name of one thing in each package manager. Fails with a message that names the
# command when this user may not install.
install_packages() {
  local admin=() command hint
  if command -v apt-get >/dev/null; then
    hint="sudo apt-get update && sudo apt-get install -y $1"
    command=(env DEBIAN_FRONTEND=noninteractive UCF_FORCE_CONFFOLD=1 apt-get install -y --no-install-recommends
      -o DPkg::Lock::Timeout=120 -o Dpkg::Options::=--force-confold "$1")
  elif command -v dnf >/dev/null; then
    hint="sudo dnf install -y $2" command=(dnf install -y "$2")
  elif command -v apk >/dev/null; then
    hint="sudo apk add $3" command=(apk add "$3")
  elif command -v brew >/dev/null; then
    hint="brew install $4" command=(brew install "$4")
  else
    note "No known package manager (apt-get, dnf, apk, brew): please install $1 yourself."
    return 1
  fi
  if ! is_root && [[ ${command[0]} != brew ]]; then # brew refuses root and needs no sudo
    if ! { command -v sudo && sudo -n true; } >/dev/null 2>&1; then
      note "$1 is not installed, and this user may not install it without a password. Please run:" "$hint"
      return 1
    fi
    admin=(sudo -n)
  fi
  note "Installing $1 …"
  if [[ $hint == *apt-get* ]]; then
    ${admin[@]+"${admin[@]}"} apt-get update >&2 || true # an old list may do
  fi
  ${admin[@]+"${admin[@]}"} "${command[@]}" >&2
}

# --- dotnet ----------------------------------------------------------------------------------------------------------

# Puts dotnet on PATH and checks that it can build this repository (global.json says which SDK).
use_dotnet() {
  local folder
  if ! command -v dotnet >/dev/null; then
    for folder in "${DOTNET_ROOT:-}" "${HOME:-}/.dotnet" /usr/share/dotnet /usr/lib/dotnet /usr/local/share/dotnet; do
      [[ -x $folder/dotnet ]] && PATH=$folder:$PATH && break
    done
  fi
  if ! DOTNET_VERSION_FOUND=$(cd "$ROOT" && dotnet --version 2>/dev/null) || ((${DOTNET_VERSION_FOUND%%.*} < 10)); then
    die "the .NET 10 SDK is needed and was not found. Install it (https://dotnet.microsoft.com/download/dotnet/10.0) \
and make sure that 'dotnet --list-sdks' names a 10.0 version."
  fi
  # English messages are searched for below. An advisory about a package, published after this version was released,
  # must not make its build fail (audit warnings are errors here).
  export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en NuGetAudit=false
}

# Hashes names and contents of the files named on stdin, NUL-separated. A file that vanishes meanwhile is left out.
hash_files() {
  { sort -z | xargs -0 "${SHA256[@]}" 2>/dev/null || true; } | sha256
}

list_root_files() { # settings at the root that every build reads, NUL-separated
  find "$ROOT" -maxdepth 1 -type f \( -name 'Directory.*' -o -name global.json -o -name .editorconfig \
    -o -iname nuget.config -o -name '*.sln*' \) -print0
}

list_sources() { # everything a build of src/ reads, NUL-separated
  find "$ROOT/src" \( -name bin -o -name obj -o -name node_modules \) -prune -o -type f -print0
}

list_nuget_configs() {
  local folder=$ROOT home=${HOME:-/nonexistent}
  while [[ $folder != / && -n $folder ]]; do
    folder=${folder%/*}
    find "${folder:-/}" -maxdepth 1 -iname nuget.config -type f -print0 2>/dev/null || true
  done
  for folder in "$home/.nuget/NuGet" "$home/.nuget/config" "$home/.config/NuGet"; do
    find "$folder" -maxdepth 2 -iname '*.config' -type f -print0 2>/dev/null || true
  done
  if [[ -f ${RestoreConfigFile:-} ]]; then printf '%s\0' "$RestoreConfigFile"; fi
}

# Changes when a restore may have another result.
package_fingerprint() {
  local folder
  {
    printf '%s\n' "$ROOT" "$DOTNET_VERSION_FOUND" "${RestoreConfigFile:-}" "${RestoreSources:-}" "${NUGET_PACKAGES:-}"
    {
      list_root_files
      list_nuget_configs
      for folder in src tests bench orleans-dashboard; do
        [[ ! -d $ROOT/$folder ]] || find "$ROOT/$folder" \( -name bin -o -name obj -o -name node_modules \) -prune \
          -o -type f \( -name '*.csproj' -o -name 'Directory.*' -o -name packages.lock.json \) -print0
      done
    } | hash_files
  } | sha256
}

# Do the Orleans packages restore here? Sets WHY. The answer is kept until project files or NuGet configuration change.
orleans_restores() {
  local memory=$STATE/orleans log=$STATE/restore.log fingerprint answer=no limit=()
  WHY="there is no src/$SILO"
  [[ -f $ROOT/src/$SILO/$SILO.csproj ]] || return 1
  mkdir -p "$STATE"
  fingerprint=$(package_fingerprint)
  if [[ -f $memory && $(sed -n 1p "$memory") == "$fingerprint" ]]; then
    answer=$(sed -n 2p "$memory")
    WHY=$(sed -n 3p "$memory")
  else
    note "Checking whether the Orleans packages restore …"
    if command -v timeout >/dev/null; then limit=(timeout 600); fi
    lock_builds
    if run_child ${limit[@]+"${limit[@]}"} dotnet restore "$ROOT/src/$SILO" -nodeReuse:false >"$log" 2>&1; then
      answer=yes
      WHY="the Orleans packages restore"
    else
      WHY=$(grep -m1 -oE 'NU[0-9]+: .*' "$log" | sed 's/ \[[^]]*\]$//' || tail -n1 "$log")
      WHY="dotnet restore src/$SILO failed: ${WHY:-see $log}"
    fi
    unlock_builds
    printf '%s\n' "$fingerprint" "$answer" "$WHY" >"$memory.new"
    mv "$memory.new" "$memory"
  fi
  if [[ $answer == no ]]; then WHY+=" (remembered; delete ${memory#"$ROOT/"} to try again)"; fi
  [[ $answer == yes ]]
}

lock_builds() { # two builds at once write the same files
  mkdir -p "$STATE"
  acquire_lock "$STATE/build.lock" 900 8 || die "another build of this folder has been running for 15 minutes"
}

unlock_builds() { release_lock "$STATE/build.lock" 8; }

program_dll() { printf '%s' "$ROOT/src/$1/bin/Release/net10.0/$1.dll"; }

program_fingerprint() { # PROJECT
  {
    printf '%s\n' "$ROOT" "$DOTNET_VERSION_FOUND" "$1"
    { list_root_files && list_sources; } | hash_files
  } | sha256
}

is_built() { # PROJECT FINGERPRINT
  [[ -f $(program_dll "$1") && $(cat "$STATE/built.$1" 2>/dev/null) == "$2" ]]
}

remember_built() { # PROJECT FINGERPRINT, taken before the build: what changed during it is built next time
  [[ ! -f $(program_dll "$1") ]] || printf '%s\n' "$2" >"$STATE/built.$1"
}

# build_logged WHAT ARGUMENT...: dotnet build in Release, its output kept in a log and shown only when it fails.
# The log also keeps the compiler server, which outlives the build, from holding on to this script's output.
build_logged() {
  local what=$1 log=$STATE/build.log
  shift
  note "Building $what …"
  if ! run_child dotnet build "$@" -c Release -v minimal -nodeReuse:false -nologo >"$log" 2>&1; then
    cat "$log" >&2
    die "building $what failed (log: $log)"
  fi
}
