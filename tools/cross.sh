#!/bin/sh
# Builds everything for aarch64 and runs the tests that qemu-user can run: another processor finds
# what x86 forgives (signed characters, kernels without plain C, assumptions about the page).
set -eu
cd "$(dirname "$0")/.."
build=${BUILD:-build}
root=${ARM64_ROOT:-$build/arm64-root}
tools/setup.sh
tools/arm64_root.sh "$root"
root=$(realpath "$root")
cat >"$build/arm64.ini" <<END
[binaries]
c = ['aarch64-linux-gnu-gcc', '--sysroot=$root']
ar = 'aarch64-linux-gnu-gcc-ar'
strip = 'aarch64-linux-gnu-strip'
pkgconfig = 'pkg-config'
pkg-config = 'pkg-config'
exe_wrapper = ['qemu-aarch64', '-L', '$root']
[properties]
sys_root = '$root'
pkg_config_libdir = '$root/usr/lib/aarch64-linux-gnu/pkgconfig:$root/usr/share/pkgconfig'
[host_machine]
system = 'linux'
cpu_family = 'aarch64'
cpu = 'aarch64'
endian = 'little'
END
[ -f "$build/arm64/build.ninja" ] ||
    meson setup "$build/arm64" --cross-file "$build/arm64.ini" -Doptimization=1 # gcc 12 crashes at 3
ninja -C "$build/arm64"
python3 tests/portability/under_qemu.py "$build/arm64" qemu-aarch64 -L "$root" -- \
    kernelcheck,--definition,--seed,1 kernelcheck,--level,neon,--quick,--seed,1 base-memory base-text base-file base-pool tensor-codec \
    format-gguf format-gguf_rules format-gguf_files format-gguf_limits vocab vocab-hostile arch \
    engine-exact engine-engine engine-checkpoint engine-sampler wire document-sentences document-language document-encoding evidence-facts \
    evidence-check store-catalogue store-sha256
