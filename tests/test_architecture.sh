#!/bin/sh
# The rules of the source tree that a compiler does not check: sh test_architecture.sh ROOT
#
#   includes point downward: a file of host/ includes headers of its own floor or a lower one
#   functions have at most 60 lines, files at most 550
#   kernels use no built-in mathematics: its bits differ from device to device
#   OpenCL functions that can fail have a line in host/device/opencl.h, so that a test can make them
#
# First proves on planted violations that each rule can fail.
set -eu

floors="base data device ops nn run bench cli"
built_ins="native_[a-z0-9_]*|half_[a-z0-9_]*|mad|exp|exp2|exp10|expm1|log|log2|log10|log1p"
built_ins="$built_ins|pow|pown|powr|sqrt|rsqrt|cbrt|sin|cos|tan|sinh|cosh|tanh|erf|erfc"

includes_point_downward() {
    find "$1/host" -name '*.[ch]' | sort | xargs awk -v floors="$floors" -v top="$1/" '
        BEGIN { for (n = split(floors, list, " "); n; n--) floor[list[n]] = n }
        FNR == 1 {
            name = substr(FILENAME, length(top) + 1)
            split(name, part, "/")
            own = part[2]
        }
        !/^[ \t]*#[ \t]*include[ \t]*"/ { next }
        {
            path = $0
            gsub(/^[^"]*"|".*$/, "", path)
            split(path, part, "/")
            if (path ~ /^(\.\.\/)*kernels\//) next
            if (!(part[1] in floor) || getline line < (top "host/" path) < 0)
                print name ":" FNR ": \"" path "\" is no header of host/"
            else if (floor[part[1]] > floor[own])
                print name ":" FNR ": " own " includes \"" path "\", which is above it"
            close(top "host/" path)
        }'
}

# A function starts where a line at the margin ends in a brace after a parenthesis.
sizes_are_bounded() {
    find "$1/host" "$1/include" "$1/kernels" "$1/tests" -name '*.[ch]' -o -name '*.cl' | sort |
        xargs awk -v top="$1/" '
        FNR == 1 { finish(); name = substr(FILENAME, length(top) + 1); start = 0 }
        { lines = FNR }
        /^[A-Za-z].*\(/ && !start { start = FNR; title = $0 }
        start && /;[ \t]*$/ && !body { start = 0 }
        start && /\{[ \t]*$/ { body = 1 }
        /^\}/ {
            if (start && FNR - start + 1 > 60) {
                sub(/[,{ ]*$/, "", title)
                print name ":" start ": " FNR - start + 1 " lines in one function: " title
            }
            start = body = 0
        }
        function finish() { if (lines > 550) print name ": " lines " lines" }
        END { finish() }'
}

# Comments go first; the SQRT that devices with a correctly rounded one may use is the exception.
kernels_use_no_built_ins() {
    find "$1/kernels" -name '*.cl' -o -name '*.h' | sort | while read -r file; do
        sed 's,//.*,,; s,/\*.*\*/,,' "$file" | grep -nE "(^|[^A-Za-z0-9_])($built_ins) *\(" |
            grep -Ev '#define SQRT\(x\) sqrt\(x\)|F PURE sqrt\(F\);' | sed "s,^,${file#"$1/"}:,"
    done
}

opencl_calls_can_fail() {
    find "$1/host" -name '*.[ch]' ! -path "$1/host/device/opencl.h" | sort | while read -r file; do
        grep -noE '(^|[^A-Za-z0-9_"])cl[A-Z][A-Za-z]*\(|<CL/[a-z_]*.h>' "$file" |
            sed -E 's/:[^:]*[^A-Za-z:](cl[A-Z])/:\1/; s/\($//' | while IFS=: read -r line name; do
            case $name in clRetain* | clRelease* | clGetMemObjectInfo) continue ;; esac
            grep -q "^#define $name(" "$1/host/device/opencl.h" || echo "${file#"$1/"}:$line: $name"
        done
    done
}

check() { # check ROOT: prints every violation
    includes_point_downward "$1"
    sizes_are_bounded "$1"
    kernels_use_no_built_ins "$1"
    opencl_calls_can_fail "$1"
}

plant() { # plant FOLDER: a small tree that breaks each rule once
    mkdir -p "$1/host/base" "$1/host/nn" "$1/include" "$1/kernels" "$1/tests"
    mkdir -p "$1/host/device"
    echo '#define clFinish(q) 0' >"$1/host/device/opencl.h"
    printf '#include <CL/cl.h>\nint a = clFinish(q) + clFlush(q) + clReleaseEvent(e);\n' \
        >"$1/host/device/a.c"
    : >"$1/host/nn/step.h"
    printf '#include "nn/step.h"\n#include "base/none.h"\n#include <math.h>\n' >"$1/host/base/a.c"
    awk 'BEGIN {
        print "static int long_one(int a,\n                    int b) {"
        for (i = 0; i < 58; i++) print "    a += b;"
        print "    return a;\n}\nint short_one(void) {\n    return 0;\n}" }' >"$1/host/nn/long.c"
    awk 'BEGIN { for (i = 0; i < 551; i++) print "int x" i ";" }' >"$1/tests/test_long.c"
    printf '// exp(x)\n#define SQRT(x) sqrt(x)\nfloat y = native_exp (x) + iso_exp(x);\n' \
        >"$1/kernels/a.cl"
}

planted=$(mktemp -d)
trap 'rm -rf "$planted"' EXIT
plant "$planted"
check "$planted" >"$planted/found"
cat >"$planted/expected" <<'END'
host/base/a.c:1: base includes "nn/step.h", which is above it
host/base/a.c:2: "base/none.h" is no header of host/
host/nn/long.c:1: 62 lines in one function: static int long_one(int a
tests/test_long.c: 551 lines
kernels/a.cl:3:float y = native_exp (x) + iso_exp(x);
host/device/a.c:1: <CL/cl.h>
host/device/a.c:2: clFlush
END
diff "$planted/expected" "$planted/found" || {
    echo "the check itself is wrong: above, what it should find in a planted tree and what it did"
    exit 1
}

found=$(check "$1")
[ -z "$found" ] || {
    echo "$found"
    exit 1
}
echo "the source tree keeps its rules"
