#!/bin/sh
# Installs the Debian packages of tools/packages.txt that are missing. Silent when there are none.
set -eu
cd "$(dirname "$0")/.."
missing=""
for package in $(sed 's/#.*//' tools/packages.txt); do
    # A program that another installation provides is as good as the package.
    case "$package" in npm | git | make) command -v "$package" >/dev/null && continue ;; esac
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
        missing="$missing $package"
done
[ -n "$missing" ] || exit 0
as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo"
echo "installing Debian packages:$missing"
$as_root apt-get update -qq
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing
