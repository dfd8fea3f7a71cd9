#!/bin/sh
# Builds everything and runs every test, then again with clang under ASan and UBSan; the last line is
# 'N passed, N failed'. End-to-end tests run in the ordinary build only, whose programs they time.
set -eu
cd "$(dirname "$0")/.."
build=${BUILD:-build}
asan=$build/asan
tools/setup.sh
[ -f "$build/build.ninja" ] || meson setup "$build"
[ -f "$asan/build.ninja" ] || CC=clang meson setup "$asan" -Db_sanitize=address,undefined \
    -Db_lundef=false -Dbuildtype=debugoptimized
ninja -C "$build"
ninja -C "$asan"
gate=0
python3 tools/gate.py --quiet || gate=1
tools/test_models.sh || echo "tests that need a model are skipped"
HUIS_TEST_MODELS=${HUIS_TEST_MODELS:-$PWD/$build/test-models}
export HUIS_TEST_MODELS
status=0
meson test -C "$build" --print-errorlogs || status=$?
HUIS_TEST_MODELS='' meson test -C "$asan" --print-errorlogs --no-rebuild --suite unit --suite fault \
    --timeout-multiplier 4 || status=$?
python3 tools/count_tests.py "$build/meson-logs/testlog.json" "$asan/meson-logs/testlog.json" "gate=$gate"
[ "$status" = 0 ] && [ "$gate" = 0 ]
