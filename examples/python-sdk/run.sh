#!/usr/bin/env bash
# Runs supply_chain.py against a server of its own.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
port="${PORT:-8081}"
.ci/prepare
[ -n "${SKIP_BUILD:-}" ] || swift build -c release --product tidemark
work="$(mktemp -d)"
.build/release/tidemark serve --host 127.0.0.1 --port "$port" --data-dir "$work/data" > "$work/server.log" 2>&1 &
server=$!
trap 'kill $server; wait $server || true; rm -rf "$work"' EXIT
for _ in $(seq 200); do curl -sf "http://127.0.0.1:$port/healthz" > /dev/null && break; sleep 0.05; done
.build/venv/bin/python examples/python-sdk/supply_chain.py "http://127.0.0.1:$port"
