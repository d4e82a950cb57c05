# isobit doctor: known answers for every operation, and is the device exact?
# share: 15

"$isobit" doctor >"$out/doctor.table" || { cat "$out/doctor.table" && exit 1; }
"$isobit" doctor --json >"$out/doctor.json"

# What a process pays that opens the device, and whether it waits for others.
at_once() { # at_once NUMBER: seconds for so many that do little else
    since=$(date +%s%N)
    for _ in $(seq "$1"); do "$isobit" doctor --runs none >/dev/null & done
    wait
    awk -v from="$since" -v to="$(date +%s%N)" -v number="$1" 'BEGIN {
        printf "       opening   %d at once: %.2f s, %.2f s each\n", number, (to - from) / 1e9, (to - from) / 1e9 / number
    }'
}
[ -n "$rehearse" ] || for number in 1 8; do at_once $number; done >>"$out/doctor.table"
[ -n "$rehearse" ] || (export CUDA_DEVICE_MAX_CONNECTIONS=1 && echo "       with one connection each:" &&
    at_once 8) >>"$out/doctor.table"
grep "class     exact$" "$out/doctor.table"
