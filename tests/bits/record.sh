#!/bin/sh
# Record the sample trainings' digests anew: sh tests/bits/record.sh [BUILD FOLDER, else build]
#
# Only for a change that is meant to change results: it needs a new version of the numerics contract
# (ISOBIT_CONTRACT, kernels/README.md) once there are models of the old one. Records what PoCL gives,
# with a launch per operation; build and run the tests afterwards to see that all others agree.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${1:-$root/build}
file=$root/host/run/doctor_records.h
cmake -S "$root" -B "$build" >/dev/null
cmake --build "$build" --target isobit >/dev/null
{
    echo "/* The sample trainings' digests, written by tests/bits/record.sh: names as in doctor_runs.c. */"
    echo "/* clang-format off */"
    "$build/isobit" doctor --device "Portable Computing Language" --variant resident=off --runs all \
        --record
} >"$file.new"
mv "$file.new" "$file"
cmake --build "$build" --target isobit >/dev/null
