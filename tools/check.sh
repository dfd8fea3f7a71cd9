#!/bin/sh
# Builds everything and runs every test; the last line is 'N passed, N failed'.
set -eu
cd "$(dirname "$0")/.."
build=${BUILD:-build}
tools/setup.sh
[ -d "$build" ] || meson setup "$build"
ninja -C "$build"
status=0
meson test -C "$build" --print-errorlogs || status=$?
python3 tools/count_tests.py "$build/meson-logs/testlog.json"
exit "$status"
