#!/bin/sh
# Makes the virtual environment of the Python oracles, once: tools/venv.sh [DIRECTORY]. The directory
# is $BUILD/venv by default. Prints its python. Fails where the packages cannot be fetched.
set -eu
cd "$(dirname "$0")/.."
venv=${1:-${BUILD:-build}/venv}
stamp=$venv/requirements.txt
mkdir -p "$venv"
exec 9>"$venv.lock" # tests run side by side
flock 9
if ! cmp -s tools/requirements.txt "$stamp"; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r tools/requirements.txt >&2
    cp tools/requirements.txt "$stamp"
fi
echo "$venv/bin/python"
