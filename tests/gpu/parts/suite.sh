# The whole test suite on the GPU
# share: 45

only=
[ -z "$rehearse" ] || only="-R test_status|test_network|test_stat|test_device_run"
# Most of these tests are processes that open the device for a moment, and some of them 50 in a row; where a
# driver lets one process after another do that, these wait the longer the more there are at once. 50
# kills are for where opening it takes no time.
lanes=$((($(nproc) + 1) / 2))
export ISOBIT_KILLS=10 CRITERION_VERBOSITY_LEVEL=1
cd "$build"
result=0
# What has not ended in time is ended by ctest, which then tells what it printed.
end=$(date -d "+$((seconds > 20 ? seconds - 10 : seconds)) seconds" +%H:%M:%S)
# shellcheck disable=SC2086 # two words
ctest --parallel $lanes --stop-time "$end" --output-on-failure --no-tests=error \
    --output-junit "$out/suite.xml" $only >"$out/suite.txt" 2>&1 || result=$?
cp Testing/Temporary/LastTest.log "$out/suite-tests.txt"
cat "$out/suite.txt"
{
    grep -E ' \*\*\*' "$out/suite.txt" || true
    grep -aE '\[ *SKIP *\]|^SKIPPED' "$out/suite-tests.txt" || true
} >"$out/suite.table"
awk '/^ *[0-9]+\/[0-9]+ Test .* Passed / { passed++ } /^ *[0-9]+\/[0-9]+ Test .*\*\*\*Skipped/ { skipped++; next }
     /^ *[0-9]+\/[0-9]+ Test .*\*\*\*/ { failed++ }
     END { printf "%d test programs passed, %d were skipped, %d did not\n", passed, skipped, failed; exit !passed }' \
    "$out/suite.txt"
exit $result
