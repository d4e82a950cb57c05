# The bits matrix: every recorded digest, by the defaults and by every variant with every knob's values
# share: 25

wrong=0
runs=all turns=$(nproc) last=$(nproc)
[ -z "$rehearse" ] || { runs=tiny turns=1000 last=1; } # one setting

"$isobit" doctor --runs $runs || wrong=$((wrong + 1))
"$isobit" doctor --runs $runs --json >"$out/bits-default.json" || true

# Compiling is most of it: side by side, a turn for each processor. What there is no time for is missing.
most=$((seconds * 7 / 10 + 1))
turn=0
while [ $turn -lt "$last" ]; do
    timeout $most "$build/tests/bits_knobs" gpu $turn "$turns" >"$out/knobs.$turn" 2>&1 &
    turn=$((turn + 1))
done
if [ -z "$rehearse" ]; then
    timeout $most "$build/tests/bits_awkward" gpu >"$out/bits-awkward.txt" 2>&1 &
    awkward=$!
    timeout $most "$isobit" doctor --runs tiny --variant resident=item >"$out/bits-resident.txt" 2>&1 &
    resident=$!
    wait $awkward || { wrong=$((wrong + 1)) && tail -n 5 "$out/bits-awkward.txt" && echo "awkward sizes: not right"; }
    wait $resident || { wrong=$((wrong + 1)) && tail -n 5 "$out/bits-resident.txt" && echo "many steps in one launch: not right"; }
fi
wait
cat "$out"/knobs.* >"$out/bits-knobs.txt"
rm "$out"/knobs.*
grep -v '^ok' "$out/bits-knobs.txt" || true
awk -v turns="$last" -v others=$wrong '
    $1 == "ok" { right++ }
    $1 == "WRONG" { wrong++ }
    / settings, / { whole++ }
    END {
        printf "%d knob settings right, %d wrong, %d of %d turns whole; %d other checks wrong\n",
            right, wrong, whole, turns, others
        exit !(right > 0 && !wrong && whole == turns && !others)
    }' "$out/bits-knobs.txt"
