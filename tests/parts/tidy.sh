# clang-tidy finds nothing
# packages: clang-14 clang-tidy-14
mkdir -p build/tidy
cmake -S . -B build/tidy -DCMAKE_C_COMPILER=clang-14 >build/tidy/configure.log

# The analyzer sees one file at a time: tell it that iso_fail returns what it is given.
cat >build/tidy/known.h <<'END'
#include "base/status.h"
#define iso_fail(status, ...) (iso_fail(status, __VA_ARGS__), (status))
#define iso_fail_at(status, ...) (iso_fail_at(status, __VA_ARGS__), (status))
END
tidy="clang-tidy-14 -p build/tidy --quiet"
$tidy host/base/status.c
find host -name '*.c' ! -name status.c | xargs -n 4 -P "$(nproc)" $tidy \
    --extra-arg=-include --extra-arg="$root/build/tidy/known.h"
