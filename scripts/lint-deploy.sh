#!/usr/bin/env bash
# Lints what deploys: compose file, Dockerfile, HAProxy configuration, Kubernetes manifests, workflows and scripts.
set -euo pipefail
# shellcheck source=scripts/lib.sh disable=SC1091
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<END
Usage: scripts/lint-deploy.sh [--strict]

Runs every linter that this machine has, says which are missing, and exits 1 when one finds something.

  --strict   a missing linter is a finding, too

Where they come from: apt-get install shellcheck yamllint haproxy; npm ci --prefix deploy/lint (workflows, Dockerfile and
manifests); kubectl; docker with its compose and buildx plugins and a running engine.
END
}

STRICT='' RAN=0 FAILED=() MISSING=()
case ${1:-} in
  '') ;;
  --strict) STRICT=1 ;;
  -h | --help)
    usage
    exit 0
    ;;
  *)
    usage >&2
    exit 2
    ;;
esac

# lint NAME COMMAND...: shows the output only when it fails.
lint() {
  local name=$1 output
  shift
  RAN=$((RAN + 1))
  if output=$("$@" 2>&1); then
    note "ok       $name"
  else
    note "FAILED   $name" "$output"
    FAILED+=("$name")
  fi
}

lacks() { # NAME WHAT IS MISSING
  note "missing  $1: $2"
  MISSING+=("$1")
}

has() { command -v "$1" >/dev/null; }

lint_haproxy() {
  # Names of silos that do not resolve here are the normal case, and only a warning.
  haproxy -c -f deploy/haproxy/haproxy.cfg
}

# Renders, and looks that every image got a name and version and that no secret value slipped in.
lint_kustomize() {
  local rendered
  rendered=$(kubectl kustomize deploy/kubernetes) || return 1
  if grep -nE '^kind: Secret$' <<<"$rendered"; then
    echo "a Secret is part of the kustomization"
    return 1
  fi
  if grep -nE 'image: [^:]+$' <<<"$rendered"; then
    echo "an image without a version"
    return 1
  fi
}

# With .env.example as it is committed it must refuse to start, and with secrets it must be valid.
lint_compose() {
  local name
  if docker compose --env-file .env.example config --quiet 2>/dev/null; then
    echo "the compose file starts without any secret"
    return 1
  fi
  for name in POSTGRES_PASSWORD WRITE_KEY API_KEY ADMIN_TOKEN; do local -x "$name=lint"; done
  docker compose --env-file .env.example config --quiet
}

cd "$ROOT"
if has shellcheck; then lint "shellcheck" shellcheck run test scripts/*.sh; else lacks "shellcheck" "no shellcheck"; fi
if has yamllint; then
  lint "yamllint" yamllint --strict -c deploy/lint/yamllint.yaml docker-compose.yml deploy/kubernetes .github/workflows
else
  lacks "yamllint" "no yamllint"
fi
if has haproxy; then lint "haproxy -c" lint_haproxy; else lacks "haproxy -c" "no haproxy"; fi
if has kubectl; then lint "kubectl kustomize" lint_kustomize; else lacks "kubectl kustomize" "no kubectl"; fi
if has node && [[ -d deploy/lint/node_modules ]]; then
  lint "workflows, Dockerfile, manifests" node deploy/lint/lint.mjs
else
  lacks "workflows, Dockerfile, manifests" "no node, or not yet: npm ci --prefix deploy/lint"
fi
if has docker && docker compose version >/dev/null 2>&1; then
  lint "docker compose config" lint_compose
else
  lacks "docker compose config" "no docker compose plugin"
fi
if has docker && docker buildx version >/dev/null 2>&1 && docker info >/dev/null 2>&1; then
  lint "docker build --check" docker buildx build --check -f deploy/docker/Dockerfile .
else
  lacks "docker build --check" "no docker buildx plugin, or no engine runs"
fi

note "" "$RAN run, ${#FAILED[@]} failed, ${#MISSING[@]} missing"
((${#FAILED[@]} == 0 && RAN > 0)) && [[ -z $STRICT || ${#MISSING[@]} -eq 0 ]]
