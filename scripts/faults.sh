#!/usr/bin/env bash
# Breaks servers, database and network under load, counts, and prints the table of docs/reliability.md.
set -euo pipefail
# shellcheck source=scripts/lib.sh disable=SC1091
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

RESULTS=$ROOT/TestResults/faults

usage() {
  cat <<END
Usage: scripts/faults.sh [--short] [--server standalone|silo|cluster]... [FILTER]

Runs the fault suite of tests/GrainAnalytics.System.Tests against each server named: the single node, one silo, or a cluster
of three. Without --server: the single node, and with the Orleans packages the other two as well. Many rounds and outages of
60 s, which takes about an hour a server; --short takes the few that ./test has. FILTER is a part of test names.

The last lines are the table: fault, server, rounds, acknowledged, lost, doubled, longest refusal and recovery in seconds. The exit
code is 0 if every scenario ended as it must. As root it also fills a disk (tmpfs); with libfaketime it also moves clocks.
END
}

SERVERS=() FILTER='' LONG=1
while (($# > 0)); do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    --short) LONG=0 ;;
    --server)
      case ${2:-} in
        standalone | silo | cluster) SERVERS+=("$2") ;;
        *) die "--server must be standalone, silo or cluster" 2 ;;
      esac
      shift
      ;;
    -*)
      usage >&2
      exit 2
      ;;
    *) FILTER=$1 ;;
  esac
  shift
done

use_dotnet
if ((${#SERVERS[@]} == 0)); then
  SERVERS=(standalone)
  if orleans_restores; then SERVERS+=(silo cluster); else note "Only the single node, because $WHY."; fi
fi

lock_builds
build_logged GrainAnalytics.System.Tests "$ROOT/tests/GrainAnalytics.System.Tests"
if [[ " ${SERVERS[*]} " == *\ silo\ * || " ${SERVERS[*]} " == *\ cluster\ * ]]; then build_logged "$SILO" "$ROOT/src/$SILO"; fi
unlock_builds

trap end_child EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
STATUS=0
rm -rf "$RESULTS"
mkdir -p "$RESULTS"
for server in "${SERVERS[@]}"; do
  note "" "--- $server"
  GRAINANALYTICS_TEST_SERVER=$server GRAINANALYTICS_LONG=$LONG GRAINANALYTICS_FAULT_TABLE=$RESULTS/$server.md \
    run_child dotnet test "$ROOT/tests/GrainAnalytics.System.Tests" --no-build -c Release -nodeReuse:false -tl:off \
    --filter "FullyQualifiedName~.Faults.${FILTER:+&FullyQualifiedName~$FILTER}" --results-directory "$RESULTS/$server" \
    --logger "console;verbosity=minimal" --logger "trx;LogFileName=results.trx" \
    --blame-hang-timeout 90m --blame-hang-dump-type none || STATUS=1
done

printf '\n| fault | server | rounds | acknowledged | lost | doubled | longest refusal s | recovery s |\n|---|---|---|---|---|---|---|---|\n'
for server in "${SERVERS[@]}"; do
  [[ ! -f $RESULTS/$server.md ]] || sort "$RESULTS/$server.md"
done
exit "$STATUS"
