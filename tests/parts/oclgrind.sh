# Oclgrind: the recorded bits of a tiny training, and no race or uninitialised value in the kernel variants
# one processor
# packages: oclgrind

build build
build_target build bits_awkward

# watch OPTION ... PROGRAM ...: what Oclgrind reports goes to a file, which must stay empty.
log=$root/build/oclgrind.log
watch() {
    rm -f "$log"
    oclgrind --log "$log" "$@" || return 1
    if [ -s "$log" ]; then
        head -n 60 "$log"
        return 1
    fi
}
export ISOBIT_CACHE=off # and keep simulated programs out of the cache

# Oclgrind 21.10 does not know an intrinsic that inlining leaves behind, so nothing is inlined; and
# optimised code would give it false positives about uninitialised values.
export ISOBIT_BUILD_OPTIONS="-cl-opt-disable -DISO_OUT_OF_LINE"
watch --data-races build/isobit doctor --device oclgrind --runs first
watch --data-races build/isobit doctor --device oclgrind --variant resident=off --runs tiny
watch --data-races build/isobit doctor --device oclgrind --variant conv_join=naive --runs tiny
watch --data-races build/tests/bits_awkward oclgrind

# The check takes lane 11 of a shuffle for an undefined one and reads an undefined one at -1 (21.10,
# Uninitialized.cpp), so lanes move one by one here. Trainings are left out: what gather reads of the
# next row and masks is taken for used.
export ISOBIT_BUILD_OPTIONS="-cl-opt-disable -DISO_OUT_OF_LINE -DISO_LANE_BY_LANE"
watch --uninitialized build/tests/bits_awkward oclgrind
