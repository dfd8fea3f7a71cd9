#!/bin/sh
# Builds a peer that huis is compared with, from a pinned PyPI source package, and prints the directory
# of its programs as the last line.
#
#     tools/peers.sh [llama | llama-avx2 | ik | ik-avx2]
#
# llama (default): llama.cpp, with the small program that asks it for logits, about 8 minutes on two
# processors. llama-avx2: the same without AVX-512 and VNNI. ik: ik_llama.cpp, llama-bench only. ik-avx2.
#
#   HUIS_PEERS   a build directory of llama.cpp to use instead of building (with bin/); the other builds
#                are looked for, and made, beside it: $HUIS_PEERS-avx2, $HUIS_PEERS-ik, $HUIS_PEERS-ik-avx2
#   BUILD        where to build otherwise: $BUILD/peers/build and so on (default build/peers)
#   IK_SOURCE    a source tree of ik_llama.cpp to build instead of the package's
set -eu
cd "$(dirname "$0")/.."
which=${1:-llama}
build=${BUILD:-build}/peers
first=${HUIS_PEERS:-$build/build}
case $which in
llama) peers=$first ;;
llama-avx2 | ik | ik-avx2) peers=$first-${which#llama-} ;;
*) echo "usage: tools/peers.sh [llama | llama-avx2 | ik | ik-avx2]" >&2; exit 2 ;;
esac

need() {
    command -v "$1" >/dev/null || {
        echo "tools/peers.sh: $1 is missing; install it: apt-get install $2" >&2
        exit 1
    }
}

# PACKAGE VERSION: leaves its source in $build; prints nothing. The package is not built here, so the
# ordinary client fetches it alone; its own build tools are only asked for its name.
fetch() {
    file=$(echo "$1" | tr - _)-$2
    [ -f "$build/$file.tar.gz" ] ||
        python3 -m pip download --quiet --disable-pip-version-check --no-deps --no-binary "$1" \
            --dest "$build" "$1==$2" >&2
    [ -d "$build/$file" ] || tar -xzf "$build/$file.tar.gz" -C "$build"
}

if [ ! -x "$peers/bin/llama-bench" ]; then
    need cmake cmake
    need c++ g++
    mkdir -p "$build"
    case $which in
    llama*)
        fetch llama-cpp-python 0.3.36
        source=$build/llama_cpp_python-0.3.36/vendor/llama.cpp
        options="-DLLAMA_BUILD_UI=OFF"
        targets="llama-bench llama-server llama-completion" ;;
    ik*)
        [ -n "${IK_SOURCE:-}" ] || fetch ik-llama-cpp-python 0.1.5
        source=${IK_SOURCE:-$build/ik_llama_cpp_python-0.1.5/vendor/ik_llama.cpp}
        # The package was made without one small file of its build: where the version is written.
        common=$source/common
        if [ ! -e "$common/cmake/build-info-gen-cpp.cmake" ]; then
            mkdir -p "$common/cmake"
            cat >"$common/cmake/build-info-gen-cpp.cmake" <<'END'
set(BUILD_NUMBER 0)
set(BUILD_COMMIT "package")
set(BUILD_COMPILER "${CMAKE_C_COMPILER_ID} ${CMAKE_C_COMPILER_VERSION}")
set(BUILD_TARGET "${CMAKE_C_COMPILER_ARCHITECTURE_ID}")
configure_file("${CMAKE_CURRENT_LIST_DIR}/../build-info.cpp.in" "${CMAKE_CURRENT_LIST_DIR}/../build-info.cpp")
END
        fi
        # The key and value types that are not measured take most of its build.
        options="-DGGML_IQK_FA_ALL_QUANTS=OFF"
        targets=llama-bench ;;
    esac
    case $which in
    *-avx2)
        options="$options -DGGML_NATIVE=OFF -DGGML_AVX=ON -DGGML_AVX2=ON -DGGML_FMA=ON -DGGML_F16C=ON -DGGML_BMI2=ON"
        targets=llama-bench ;;
    *) options="$options -DGGML_NATIVE=ON" ;;
    esac
    # shellcheck disable=SC2086 # lists of words
    cmake -S "$source" -B "$peers" -DCMAKE_BUILD_TYPE=Release -DLLAMA_CURL=OFF \
        -DLLAMA_BUILD_TESTS=OFF $options >&2
    # shellcheck disable=SC2086
    cmake --build "$peers" -j "$(nproc)" --target $targets >&2
fi

if [ "$which" = llama ]; then
    source=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$peers/CMakeCache.txt")
    mkdir -p "$build"
    if [ ! -x "$build/peer_logits" ] || [ tools/peer_logits.c -nt "$build/peer_logits" ]; then
        cc -O2 -o "$build/peer_logits" tools/peer_logits.c -I "$source/include" \
            -I "$source/ggml/include" -L "$peers/bin" -lllama -lggml -lggml-base \
            -Wl,-rpath,"$(realpath "$peers/bin")"
    fi
    echo "peer_logits: $(realpath "$build/peer_logits")" >&2
fi
realpath "$peers/bin"
