#!/usr/bin/env bash
# What durability costs: Nexmark q4 and 1000-record bodies with the log synced before each answer and a checkpoint every
# CHECKPOINT_SECONDS, against durability=async without checkpoints; both in turn (ABBA) in one run, with the ratio of each round.
#
# ROUNDS  pairs (6)          EVENTS   of Nexmark a run (8000000)   SECONDS_A_RUN  of 1000-record bodies (8)
# CHECKPOINT_SECONDS (2)     CLIENTS  of the bodies (4)            RUNS  q4 ingest
# BENCH_DIR  where data and state lie    BINARIES  folder of tidemark and LoadBench (.build/release, built unless SKIP_BUILD is set)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
[ -x .ci/prepare ] && .ci/prepare
if [ -z "${SKIP_BUILD:-}" ]; then
  for product in tidemark LoadBench; do swift build -c release --product "$product"; done
fi
exec "${PYTHON:-.build/venv/bin/python}" bench/durability/durability.py
