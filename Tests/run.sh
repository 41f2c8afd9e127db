#!/usr/bin/env bash
# Passes all tests: unit and property tests in Swift, then the acceptance tests that drive the release binary as its users do.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
.ci/prepare --tests
swift build -c release --build-tests
swift build -c release --product tidemark
swift build -c release --product TidemarkPowerCut
swift build -c release --product CircuitDriver
swift test -c release --skip-build
exec .build/venv/bin/python -m pytest -q Tests/Acceptance "$@"
