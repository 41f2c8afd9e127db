#!/usr/bin/env bash
# Nexmark side by side: `bench/nexmark/run.sh [q0 q4 …]` measures the queries (all without names) with the engine alone, from NDJSON files
# without the log, through HTTP and the durable log, and in Apache Flink and DuckDB, then prints a table.
#
# EVENTS     events of the stream (10000000)        PEERS   folder outside of the repository for data and peers (needed)
# WAYS       engine sharded files http flink duckdb WORKERS  threads of a step (processors)
# STEP_ROWS  rows a step of NexmarkBench (50000)    MEMORY_MB  for the state in `files`, the rest goes to disk (1200)
# BINARIES   folder of tidemark and NexmarkBench (.build/release, built unless SKIP_BUILD is set)
# FLINK_PORT (8081)                                 SECONDS_MAX  after which a Flink query is given up (300)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
: "${PEERS:?names a folder outside of the repository for data, Flink and its state}"
[ -x .ci/prepare ] && .ci/prepare
if [ -z "${SKIP_BUILD:-}" ]; then
  swift build -c release --product tidemark
  swift build -c release --product NexmarkBench
fi
python="${PYTHON:-.build/venv/bin/python}"
exec "$python" bench/nexmark/compare.py "$@"
