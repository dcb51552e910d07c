#!/usr/bin/env bash
# Asks a running `docker compose up` for what it promises: an event sent through the proxy is in the user's journey at once,
# whichever silo is asked; and a silo that is replaced costs no request. Needs curl; reads .env.
set -euo pipefail
# shellcheck source=scripts/lib.sh disable=SC1091
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$ROOT"

setting() { sed -n "s/^$1=//p" .env | tail -n1; }
URL=http://$(setting HTTP_LISTEN)
USER_ID=check-$(random_hex 4)
SENT=0

send() {
  curl -sS --fail-with-body --max-time 5 -o "$ANSWER" "$URL/v1/events" -H "Authorization: Bearer $(setting WRITE_KEY)" \
    -H 'Content-Type: application/json' -d "{\"type\":\"check\",\"userId\":\"$USER_ID\"}" || return 1
  SENT=$((SENT + 1))
}

stored() { # prints how many events the journey has
  curl -sS --fail-with-body --max-time 5 "$URL/v1/users/$USER_ID/journey?limit=1000" \
    -H "Authorization: Bearer $(setting API_KEY)" | sed -nE 's/^\{[^[]*"count":([0-9]+).*/\1/p'
}

check() { # WHAT: an event, and after its 202 six lookups, which the proxy gives to all silos in turn
  local try count
  send || die "$1: an event was refused: $(cat "$ANSWER")"
  for try in 1 2 3 4 5 6; do
    count=$(stored)
    [[ $count == "$SENT" ]] || die "$1: lookup $try found ${count:-no} events instead of $SENT"
  done
}

ANSWER=$(mktemp)
REPLACING=
trap '[[ -z $REPLACING ]] || kill "$REPLACING" 2>/dev/null || true; rm -f "$ANSWER"' EXIT
check "after the start"
docker compose up -d --no-deps --force-recreate --wait silo2 &
REPLACING=$!
while kill -0 "$REPLACING" 2>/dev/null; do
  check "while silo2 is replaced"
  sleep 0.2 # the journey's largest page is 1,000 events
done
wait "$REPLACING" || die "silo2 did not become ready again"
REPLACING=
check "after silo2 was replaced"
note "$SENT events sent through $URL, all found in every lookup, also while silo2 was replaced."
