#!/bin/sh
# templates.sh RENDER_TEMPLATE BUILD: templates.py in the oracles' virtual environment.
set -eu
here=$(dirname "$0")
python=$("$here/../../tools/venv.sh" "$2/venv") || {
    echo "1..1"
    echo "ok 1 - templates # SKIP jinja2 cannot be fetched from PyPI"
    exit 0
}
exec "$python" "$here/templates.py" "$1" "$2/templates"
