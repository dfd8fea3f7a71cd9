#!/bin/sh
# Builds everything and runs every test; the last line is 'N passed, N failed'.
set -eu
cd "$(dirname "$0")/.."
build=${BUILD:-build}
tools/setup.sh
[ -d "$build" ] || meson setup "$build"
ninja -C "$build"
gate=0
python3 tools/gate.py --quiet || gate=1
tools/test_models.sh || echo "tests that need a model are skipped"
status=0
HUIS_TEST_MODELS=${HUIS_TEST_MODELS:-$PWD/$build/test-models} \
    meson test -C "$build" --print-errorlogs || status=$?
python3 tools/count_tests.py "$build/meson-logs/testlog.json" "gate=$gate"
[ "$status" = 0 ] && [ "$gate" = 0 ]
