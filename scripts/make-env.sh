#!/usr/bin/env bash
# Writes .env for docker-compose.yml: .env.example with random values for its empty ones.
set -euo pipefail
# shellcheck source=scripts/lib.sh disable=SC1091
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

file=$ROOT/.env
[[ ! -e $file ]] || die ".env is already there; it has the password of the database, so it is not replaced"
umask 077
while IFS= read -r line; do
  case $line in
    WRITE_KEY=) line+=ga_write_$(random_hex 16) ;;
    API_KEY=) line+=ga_api_$(random_hex 16) ;;
    ADMIN_TOKEN=) line+=ga_admin_$(random_hex 16) ;;
    [A-Z]*=) line+=$(random_hex 24) ;;
  esac
  printf '%s\n' "$line"
done <"$ROOT/.env.example" >"$file.new"
mv "$file.new" "$file"
note "Wrote .env; the keys are in it."
