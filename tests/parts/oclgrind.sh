# Oclgrind: the recorded bits of a tiny training, and no race or uninitialised value in any kernel variant
# packages: oclgrind

build build
cmake --build build --target bits_awkward >/dev/null

# Oclgrind brings its own OpenCL: ours must not be looked for. Its reports go to a file.
log=$root/build/oclgrind.log
watch() {
    rm -f "$log"
    env ISOBIT_CACHE=off oclgrind --log "$log" --data-races "$@" || return 1
    if [ -s "$log" ]; then
        head -n 60 "$log"
        return 1
    fi
}

watch build/isobit doctor --device oclgrind --runs first
watch build/tests/bits_awkward oclgrind

# Optimised code has false positives here: 16 values are turned in registers.
export ISOBIT_BUILD_OPTIONS=-cl-opt-disable
watch --uninitialized build/isobit doctor --device oclgrind --runs first
watch --uninitialized build/tests/bits_awkward oclgrind
