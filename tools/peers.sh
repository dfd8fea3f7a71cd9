#!/bin/sh
# Builds llama.cpp, the peer that huis is compared with, from a pinned PyPI package, and the small
# program that asks it for logits. Prints the directory of its programs as the last line.
#
#   HUIS_PEERS   a build directory of the same llama.cpp to use instead of building (with bin/)
#   BUILD        where to build otherwise ($BUILD/peers; default build/peers), about 8 minutes
set -eu
cd "$(dirname "$0")/.."
package=llama-cpp-python version=0.3.36
build=${BUILD:-build}/peers
peers=${HUIS_PEERS:-$build/build}

need() {
    command -v "$1" >/dev/null || {
        echo "tools/peers.sh: $1 is missing; install it: apt-get install $2" >&2
        exit 1
    }
}

if [ ! -x "$peers/bin/llama-bench" ]; then
    need cmake cmake
    need c++ g++
    mkdir -p "$build"
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --no-build-isolation \
        --no-binary "$package" --dest "$build" "$package==$version" >&2 ||
        [ -f "$build/llama_cpp_python-$version.tar.gz" ]
    tar -xzf "$build/llama_cpp_python-$version.tar.gz" -C "$build"
    cmake -S "$build/llama_cpp_python-$version/vendor/llama.cpp" -B "$peers" \
        -DCMAKE_BUILD_TYPE=Release -DGGML_NATIVE=ON -DLLAMA_CURL=OFF -DLLAMA_BUILD_UI=OFF \
        -DLLAMA_BUILD_TESTS=OFF >&2
    cmake --build "$peers" -j "$(nproc)" --target llama-bench llama-server llama-completion >&2
fi

source=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$peers/CMakeCache.txt")
mkdir -p "$build"
if [ ! -x "$build/peer_logits" ] || [ tools/peer_logits.c -nt "$build/peer_logits" ]; then
    cc -O2 -o "$build/peer_logits" tools/peer_logits.c -I "$source/include" \
        -I "$source/ggml/include" -L "$peers/bin" -lllama -lggml -lggml-base \
        -Wl,-rpath,"$(realpath "$peers/bin")"
fi
echo "peer_logits: $(realpath "$build/peer_logits")" >&2
realpath "$peers/bin"
