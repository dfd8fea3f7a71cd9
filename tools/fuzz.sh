#!/bin/sh
# Runs every libFuzzer target for FUZZ_SECONDS (default 300) each, one after another, under ASan and
# UBSan. What it learns is kept in $BUILD/corpus, crashes in $BUILD/crashes; ends with 1 if a target
# crashed. FUZZ_TARGETS="gguf vocab" chooses targets. tests/fuzz/NAME.dict is used where there is one.
set -eu
cd "$(dirname "$0")/.."
build=${BUILD:-build}-fuzz
seconds=${FUZZ_SECONDS:-300}
tools/setup.sh
[ -d "$build" ] || CC=clang meson setup "$build" -Dfuzz=true -Db_sanitize=address,undefined \
    -Db_lundef=false -Dbuildtype=debugoptimized
ninja -C "$build" fuzzers
mkdir -p "$build/crashes"
status=0
for program in "$build"/tests/fuzz/libfuzz-*; do
    [ -f "$program" ] && [ -x "$program" ] || continue
    name=${program##*/libfuzz-}
    case " ${FUZZ_TARGETS:-$name} " in *" $name "*) ;; *) continue ;; esac
    mkdir -p "$build/corpus/$name"
    dictionary=""
    [ ! -f "tests/fuzz/$name.dict" ] || dictionary="-dict=tests/fuzz/$name.dict"
    echo "fuzz $name: $seconds s"
    UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 "$program" $dictionary -max_total_time="$seconds" \
        -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0 \
        -artifact_prefix="$build/crashes/$name-" "$build/corpus/$name" "tests/fuzz/corpus/$name" \
        || status=1
done
exit "$status"
