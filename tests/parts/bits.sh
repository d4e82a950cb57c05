# The sample trainings' bits: PoCL's devices, threads and methods, gcc and clang, -O0 and -O3, all knobs
# packages: clang-14

build build
build_target build bits_knobs

logs=$root/build/bits
rm -rf "$logs" && mkdir -p "$logs"

# exact NAME PROGRAM [VARIABLE=VALUE ...] [-- OPTION ...]: all sample trainings under an environment.
# PoCL warns on standard error when it falls back on another work-group method: then it is not what was
# to be tried. Compiling takes one processor, and is nearly all of the time: as many at once as there
# are processors.
running=0
exact() {
    try "$@" &
    running=$((running + 1))
    [ $running -lt "$(nproc)" ] || { wait && running=0; }
}
try() {
    name=$1 program=$2 variables=
    log=$logs/$(echo "$name" | tr ' /' '__')
    shift 2
    while [ $# != 0 ] && [ "$1" != -- ]; do
        variables="$variables $1"
        shift
    done
    [ $# = 0 ] || shift
    # shellcheck disable=SC2086 # several of them
    if env $variables "$program" doctor --device "Portable Computing Language" --runs all "$@" \
        >"$log" 2>&1 &&
        grep -q "class     exact$" "$log" && ! grep -qi "warn\|fall.*back\|unknown" "$log"; then
        echo "ok   $name"
    else
        cat "$log"
        echo "FAIL $name"
        echo "$name" >>"$logs/wrong"
    fi
}

exact "PoCL, a launch for each operation" build/isobit -- --variant resident=off
exact "PoCL with one thread" build/isobit POCL_MAX_PTHREAD_COUNT=1 POCL_CPU_MAX_CU_COUNT=1
# The device without threads compiles the same code, so once will do for it.
for way in "pthread auto" "pthread loops" "pthread loopvec" "pthread workitemrepl" "basic auto"; do
    exact "PoCL $way" build/isobit POCL_DEVICES="${way% *}" POCL_WORK_GROUP_METHOD="${way#* }" \
        POCL_MAX_PTHREAD_COUNT=2 POCL_CPU_MAX_CU_COUNT=2
done

# The host computes initial weights, data, scaling, scalars and orders: other compilers, same bits.
for compiler in gcc clang-14; do
    for level in "-O0" "-O3 -march=native"; do
        folder="build/bits-$compiler$(echo "$level" | tr -d ' =')"
        build "$folder" -DCMAKE_C_COMPILER=$compiler -DCMAKE_BUILD_TYPE=None \
            "-DCMAKE_C_FLAGS=$level" -DBUILD_TESTING=OFF
        exact "$compiler $level" "$folder/isobit"
    done
done
wait

# Every kernel variant with every value of its knobs, dealt out to the processors.
turns=$(nproc)
for turn in $(seq 0 $((turns - 1))); do
    { build/tests/bits_knobs "Portable Computing Language" "$turn" "$turns" >"$logs/knobs.$turn" ||
        echo "knobs $turn" >>"$logs/wrong"; } &
done
wait
tail -q -n 1 "$logs"/knobs.*
[ "$(find "$logs" -type f ! -name 'knobs.*' ! -name wrong | wc -l)" = 11 ]
! grep -H . "$logs/wrong" "$logs"/knobs.* | grep "wrong:\|WRONG"
