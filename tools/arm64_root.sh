#!/bin/sh
# Unpacks the arm64 libraries that the tests need into a directory of the build, without adding an
# architecture to this machine: tools/arm64_root.sh [DIRECTORY]. apt's state for it lies there too.
# Fails where the packages cannot be fetched.
set -eu
cd "$(dirname "$0")/.."
root=${1:-${BUILD:-build}/arm64-root}
packages="libc6-dev libcmocka-dev libcurl4-openssl-dev libgmime-3.0-dev libical-dev libjansson-dev
    libpcre2-dev libpoppler-glib-dev libseccomp-dev libssl-dev libstemmer-dev libutf8proc-dev libxml2-dev
    libzip-dev"
[ "$(cat "$root/.packages" 2>/dev/null || true)" = "$packages" ] && exit 0
state=$root/.apt
mkdir -p "$state/lists/partial" "$state/archives/partial" "$state/dpkg"
: >"$state/dpkg/status"
state=$(realpath "$state")
set -- -qq -o Dir::State::Lists="$state/lists" -o Dir::State::Status="$state/dpkg/status" \
    -o Dir::Cache::Archives="$state/archives" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
    -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o APT::Sandbox::User=root \
    -o Debug::NoLocking=true -o APT::Get::AllowUnauthenticated=false -o APT::Install-Recommends=false \
    -o DPkg::Post-Invoke= -o APT::Keep-Downloaded-Packages=true
apt-get "$@" update
# shellcheck disable=SC2086
apt-get "$@" install --download-only -y $packages
for package in "$state"/archives/*.deb; do
    dpkg-deb -x "$package" "$root"
done
rm -rf "$state"
echo "$packages" >"$root/.packages"
