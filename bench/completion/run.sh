#!/usr/bin/env bash
# The speed figures of tokens and recovery as one table: status over 10 M steps, bytes of checkpoints, restart with 10 M rows,
# 10,000 parked waits. STEPS, ROWS and WAITS make it smaller; BENCH_DIR says where the data lies, SKIP_BUILD=1 takes the
# binaries that are there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
.ci/prepare
if [ -z "${SKIP_BUILD:-}" ]; then
  for product in tidemark LoadBench CompletionBench StateBench; do swift build -c release --product "$product"; done
fi
exec .build/venv/bin/python bench/completion/completion.py
