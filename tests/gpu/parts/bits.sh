# The bits matrix: every recorded digest, by the defaults and by every variant with every knob's values
# share: 25

wrong=0
runs=all turns=$(nproc) last=$(nproc) programs="bits_knobs bits_awkward"
[ -z "$rehearse" ] || { runs=tiny turns=1000 last=1 programs=bits_knobs; } # one setting

"$isobit" doctor --runs $runs || wrong=$((wrong + 1))
"$isobit" doctor --runs $runs --json >"$out/bits-default.json" || true

# Compiling is most of it: side by side, a turn for each processor. What there is no time for is missing.
most=$((seconds * 8 / 10 + 1))
turn=0
while [ $turn -lt "$last" ]; do
    for program in $programs; do
        timeout $most "$build/tests/$program" gpu $turn "$turns" >"$out/$program.$turn" 2>&1 || true
    done &
    turn=$((turn + 1))
done
[ -n "$rehearse" ] || "$isobit" doctor --runs tiny --variant resident=item >"$out/bits-resident.txt" 2>&1 || {
    wrong=$((wrong + 1))
    tail -n 5 "$out/bits-resident.txt"
    echo "many steps in one launch: not right"
}
wait
for program in $programs; do
    cat "$out/$program".[0-9]* >"$out/$program.txt"
    rm "$out/$program".[0-9]*
    grep -v '^ok' "$out/$program.txt" || true
    # Of "N settings, N wrong, N too large for this device", one from each turn.
    awk -v program="$program" -v turns="$last" '
        / too large for this device$/ { tried += $1; wrong += $3; large += $5; whole++ }
        END {
            printf "%s: %d right, %d wrong, %d too large for this device, %d of %d turns whole\n",
                program, tried - wrong - large, wrong, large, whole, turns
            exit !(tried > wrong + large && !wrong && whole == turns)
        }' "$out/$program.txt" || wrong=$((wrong + 1))
done
[ $wrong = 0 ]
