#!/usr/bin/env bash
# The main job: builds the server, starts it, creates a pipeline, pushes a million shipments, waits on the tokens, prints the views,
# and lets DuckDB confirm them over the same files.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
cd "$root"
shipments="${SHIPMENTS:-1000000}"
port="${PORT:-8080}"
base="http://127.0.0.1:$port"

.ci/prepare
[ -n "${SKIP_BUILD:-}" ] || {
  swift build -c release --product tidemark
  # For the power cuts of `tidemark chaos`.
  swift build -c release --product TidemarkPowerCut
}
work="$(mktemp -d)"
server=""
finish() {
  if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi
  rm -rf "$work"
}
trap finish EXIT

echo "== generating $shipments shipments"
python3 "$here/generate.py" "$work/files" "$shipments" 20

echo "== starting the server on $base"
.build/release/tidemark serve --host 127.0.0.1 --port "$port" --data-dir "$work/data" > "$work/server.log" 2>&1 &
server=$!
for _ in $(seq 200); do
  curl -sf "$base/healthz" > /dev/null && break
  if ! kill -0 "$server" 2>/dev/null; then cat "$work/server.log" >&2; exit 1; fi
  sleep 0.05
done

field() { python3 -c 'import json,sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }

echo "== creating and starting the pipeline"
python3 -c 'import json,sys; print(json.dumps({"name": "supply", "program_code": open(sys.argv[1]).read()}))' "$here/pipeline.sql" |
  curl -sf -X POST "$base/v0/pipelines" -H 'Content-Type: application/json' --data-binary @- > /dev/null
curl -sf -X POST "$base/v0/pipelines/supply/start" > /dev/null
until [ "$(curl -sf "$base/v0/pipelines/supply?selector=status" | field deployment_status)" = Running ]; do sleep 0.02; done

echo "== pushing"
began=$(date +%s%N)
push() { curl -sf -X POST "$base/v0/pipelines/supply/ingress/$1?$2" -T "$3" | field token >> "$work/tokens"; }
push suppliers format=csv "$work/files/suppliers.csv"
push parts format=csv "$work/files/parts.csv"
for file in "$work"/files/shipments-*.ndjson; do push shipments 'format=json&update_format=raw' "$file"; done
pushed=$(date +%s%N)

echo "== waiting on $(wc -l < "$work/tokens") tokens"
while read -r token; do
  until [ "$(curl -s "$base/v0/pipelines/supply/completion_status?token=$token&wait=30s" | field status)" = complete ]; do :; done
done < "$work/tokens"
complete=$(date +%s%N)

for view in warehouse_totals country_totals big_suppliers; do
  echo "== $view"
  curl -sfG "$base/v0/pipelines/supply/query" --data-urlencode "sql=SELECT * FROM $view ORDER BY 1 LIMIT 10" --data-urlencode format=text
done
echo "== acknowledged after $(((pushed - began) / 1000000)) ms, complete after $(((complete - began) / 1000000)) ms"
.build/venv/bin/python "$here/check.py" "$base" supply "$work/files"
