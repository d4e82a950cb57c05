# The sample trainings' bits: PoCL's devices, threads and methods, gcc and clang, -O0 and -O3, all knobs
# packages: clang-14

build build
cmake --build build --target bits_knobs >/dev/null

# exact NAME PROGRAM [VARIABLE=VALUE ...]: all sample trainings under an environment, with many steps in
# one launch where that is faster, and with a launch for each operation. PoCL warns on standard error
# when it falls back on another work-group method: then it is not what was to be tried.
exact() {
    name=$1 program=$2
    shift 2
    log=$root/build/bits.log
    if env "$@" "$program" doctor --device "Portable Computing Language" --runs all >"$log" 2>&1 &&
        env "$@" "$program" doctor --device "Portable Computing Language" --runs all \
            --variant resident=off >>"$log" 2>&1 &&
        [ "$(grep -c "class     exact$" "$log")" = 2 ] && ! grep -qi "warn\|fall.*back\|unknown" "$log"; then
        echo "ok   $name"
    else
        cat "$log"
        echo "FAIL $name"
        wrong="$wrong $name"
    fi
}
wrong=

for device in pthread basic; do
    for method in auto loops loopvec workitemrepl; do
        exact "PoCL $device, $method" build/isobit POCL_DEVICES=$device \
            POCL_WORK_GROUP_METHOD=$method POCL_MAX_PTHREAD_COUNT=2 POCL_CPU_MAX_CU_COUNT=2
    done
done
exact "PoCL with one thread" build/isobit POCL_MAX_PTHREAD_COUNT=1 POCL_CPU_MAX_CU_COUNT=1

# The host computes initial weights, data, scaling, scalars and orders: other compilers, same bits.
for compiler in gcc clang-14; do
    for level in "-O0" "-O3 -march=native"; do
        folder="build/bits-$compiler$(echo "$level" | tr -d ' =')"
        build "$folder" -DCMAKE_C_COMPILER=$compiler -DCMAKE_BUILD_TYPE=None \
            "-DCMAKE_C_FLAGS=$level" -DBUILD_TESTING=OFF
        exact "$compiler $level" "$folder/isobit"
    done
done

# Every kernel variant with every value of its knobs.
build/tests/bits_knobs || wrong="$wrong knobs"
[ -z "$wrong" ]
