#!/usr/bin/env bash
# Runs every figure of bench/README.md against a server of its own, with the machine's raw disk figures of the same run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
port="${PORT:-8090}"
seconds="${BENCH_SECONDS:-5}"
.ci/prepare
[ -n "${SKIP_BUILD:-}" ] || { swift build -c release --product tidemark; swift build -c release --product LoadBench; }
exec .build/venv/bin/python bench/spine.py "$port" "$seconds"
