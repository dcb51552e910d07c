#!/usr/bin/env bash
# Sizes of beacon scripts as they go over the wire: ours beside Plausible's, Umami's and GoatCounter's, by the same commands.
#   bench/tracker-size.sh [PLAUSIBLE UMAMI GOATCOUNTER]
# The arguments are the peers' scripts, files that you built or downloaded. Without one, Plausible's comes from its npm package and the
# others from their public servers; what cannot be had is left out, and said.
# Needs: node and npm. Every script is measured as it is shipped and minified by the esbuild that builds ours.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
ours=$here/../src/GrainAnalytics.Web/Tracker
plausible=@plausible-analytics/tracker@0.4.6
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fetch() { # FILE URL
  curl -fsSL --max-time 20 -o "$work/$1" "$2" 2>/dev/null || { rm -f "$work/$1"; echo "no answer from $2" >&2; }
}

[ -d "$ours/node_modules/esbuild" ] || npm ci --prefix "$ours" --no-audit --no-fund --silent
(cd "$ours" && npm run --silent build -- --outdir="$work" --log-level=warning)
mv "$work/highlevel.js" "$work/tracker-highlevel.js"

if [ -n "${1:-}" ]; then cp "$1" "$work/plausible.js"
elif npm pack --silent --pack-destination "$work" "$plausible" >/dev/null; then
  tar -xzf "$work"/plausible-analytics-tracker-*.tgz -C "$work" && cp "$work/package/plausible.js" "$work/plausible.js"
fi
if [ -n "${2:-}" ]; then cp "$2" "$work/umami.js"; else fetch umami.js https://cloud.umami.is/script.js; fi
if [ -n "${3:-}" ]; then cp "$3" "$work/goatcounter.js"; else fetch goatcounter.js https://gc.zgo.at/count.js; fi

printf '%-22s %9s %9s %9s   %s\n' script bytes 'gzip -9' brotli 'minified by us, gzip -9'
for name in tracker tracker-highlevel plausible umami goatcounter; do
  file=$work/$name.js
  [ -f "$file" ] || continue
  "$ours/node_modules/.bin/esbuild" "$file" --minify --legal-comments=none --log-level=error --outfile="$file.min" --allow-overwrite --loader:.js=js
  node -e '
    const { readFileSync } = require("fs"), zlib = require("zlib");
    const [name, file] = process.argv.slice(1), bytes = readFileSync(file), minified = readFileSync(file + ".min");
    const gzip = b => zlib.gzipSync(b, { level: 9 }).length;
    const brotli = b => zlib.brotliCompressSync(b, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
    console.log(name.padEnd(22), ...[bytes.length, gzip(bytes), brotli(bytes)].map(n => String(n).padStart(9)), " ", gzip(minified));
  ' "$name" "$file"
done
