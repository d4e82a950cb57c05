#!/bin/sh
# What cmake --install puts in place is enough to build and run the README's program, with
# pkg-config and with CMake, shared and static, and the shared library exports the API alone.
# sh test_install.sh ROOT, in a build tree.
set -eu

root=$1
build=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix="$work/a prefix"

fail() {
    echo "$*"
    exit 1
}
quietly() { # quietly COMMAND …: its output only if it fails
    "$@" >"$work/log" 2>&1 || {
        cat "$work/log"
        fail "failed: $*"
    }
}

quietly cmake --install "$build" --prefix "$prefix"
libdir=$(dirname "$(find "$prefix" -name libisobit.so)")
"$prefix/bin/isobit" --version

grep -oE '\bisobit_[a-z0-9_]+\(' "$prefix/include/isobit/isobit.h" >"$work/names"
grep ISOBIT_API -A1 "$prefix/include/isobit/isobit.h" | grep -oE '\bisobit_[a-z0-9_]+\(' |
    tr -d '(' | sort -u >"$work/declared"
nm -D --defined-only "$libdir/libisobit.so" | awk '{ print $3 }' | sort -u >"$work/exported"
diff "$work/declared" "$work/exported" || fail "above: < declared in isobit.h, > exported"

# Small enough for a moment: the program is the README's, the training shorter.
sed 's/"epochs", "3"/"epochs", "1"/' "$root/tests/example/train.c" >"$work/train.c"
cd "$work"
run() { # run NAME PROGRAM
    rm -f digits.safetensors
    "$2" >"$work/log" 2>&1 || { cat "$work/log"; fail "$1: the program failed"; }
    [ -s digits.safetensors ] || fail "$1: no model was written"
    echo "$1: $(cat "$work/log")"
}

export PKG_CONFIG_PATH="$libdir/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"
compile() { # compile OUTPUT LIBRARIES: flags as pkg-config quotes them
    eval "${CC:-cc} -Wall -Werror train.c -o $1 $(pkg-config --cflags isobit) $2"
}
compile shared "$(pkg-config --libs isobit)"
LD_LIBRARY_PATH="$libdir${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" run "pkg-config, shared" ./shared
compile static "$(pkg-config --static --libs isobit | sed 's/-lisobit/-l:libisobit.a/')"
run "pkg-config, static" ./static

cat >CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.16)
project(example C)
find_package(isobit 0.1 REQUIRED)
foreach(library isobit isobit_static)
    add_executable(with_${library} train.c)
    target_link_libraries(with_${library} PRIVATE isobit::${library})
endforeach()
END
quietly cmake -B cmake "-DCMAKE_PREFIX_PATH=$prefix"
quietly cmake --build cmake
run "CMake, shared" cmake/with_isobit
run "CMake, static" cmake/with_isobit_static
