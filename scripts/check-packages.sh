#!/usr/bin/env bash
# Looks for known vulnerabilities in the packages that this project uses, direct and transitive.
set -euo pipefail
# shellcheck source=scripts/lib.sh disable=SC1091
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<END
Usage: scripts/check-packages.sh [--strict]

Asks the package source about every package of the solution, and exits 1 when one has a known vulnerability.
A source may have no such data, or may not be reached: whether it answers at all is found out with a package that is
known to be vulnerable. Without an answer nothing was checked, which is said.

  --strict   nothing checked is a failure, too
END
}

STRICT=''
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
use_dotnet

vulnerable() { # PROJECT: prints what the source knows of its packages, as JSON
  dotnet list "$1" package --vulnerable --include-transitive --format json
}

# A project of its own, outside of the repository, so that none of its settings count there.
FOLDER=$(mktemp -d "${TMPDIR:-/tmp}/check-packages.XXXXXX")
trap 'rm -rf "$FOLDER"' EXIT
cat >"$FOLDER/known.csproj" <<END
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>net10.0</TargetFramework>
    <NuGetAudit>false</NuGetAudit>
  </PropertyGroup>
  <ItemGroup>
    <!-- GHSA-5crp-9r3c-p9vr; it is looked up, and never built or run. -->
    <PackageReference Include="Newtonsoft.Json" Version="12.0.1" />
  </ItemGroup>
</Project>
END
KNOWN=$(vulnerable "$FOLDER/known.csproj" 2>"$FOLDER/errors") || true
if ! grep -q '"severity"' <<<"$KNOWN"; then
  note "Nothing was checked: the package source does not know of vulnerabilities, or could not be reached." "$(tail -n 3 "$FOLDER/errors")"
  [[ -z $STRICT ]]
  exit
fi

SOLUTION=$ROOT/GrainAnalytics.sln
if ! orleans_restores; then
  note "Without Orleans, because $WHY."
  SOLUTION=$ROOT/GrainAnalytics.Standalone.slnf
fi
FOUND=$(vulnerable "$SOLUTION") || die "the packages could not be listed: $FOUND"
if grep -q '"severity"' <<<"$FOUND"; then
  dotnet list "$SOLUTION" package --vulnerable --include-transitive
  die "packages with known vulnerabilities, see above"
fi
note "No package of $(basename "$SOLUTION") has a known vulnerability."
