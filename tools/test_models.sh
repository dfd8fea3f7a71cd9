#!/bin/sh
# Puts the models that the tests use into BUILD/test-models, through `huis model pull`.
set -eu
cd "$(dirname "$0")/.."
build=${BUILD:-build}
[ -z "${HUIS_TEST_MODELS:-}" ] || exit 0
XDG_DATA_HOME=$PWD/$build/test-data
XDG_CACHE_HOME=$PWD/$build/test-cache
export XDG_DATA_HOME XDG_CACHE_HOME
mkdir -p "$build/test-models"
for pair in smollm2-135m:smollm2-135m-instruct qwen-0.5b:qwen2.5-coder-0.5b-instruct; do
    link=$build/test-models/${pair%%:*}.gguf
    [ -e "$link" ] && continue
    "$build/huis" model pull --yes --quiet "${pair#*:}"
    path=$("$build/huis" model info --format json "${pair#*:}" |
        python3 -c 'import json, sys; print(json.load(sys.stdin)["path"])')
    ln -sf "$path" "$link"
done
