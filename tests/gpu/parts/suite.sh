# The whole test suite on the GPU
# share: 45

only=
[ -z "$rehearse" ] || only="-R test_status|test_network|test_stat|test_device_run"
cd "$build"
result=0
# shellcheck disable=SC2086 # two words
ctest --parallel "$(nproc)" --output-on-failure --no-tests=error --output-junit "$out/suite.xml" $only \
    >"$out/suite.txt" 2>&1 || result=$?
cat "$out/suite.txt"
grep -E ' \*\*\*|SKIP' "$out/suite.txt" >"$out/suite.table" || true
awk '/^ *[0-9]+\/[0-9]+ Test .* Passed / { passed++ } /^ *[0-9]+\/[0-9]+ Test .*\*\*\*/ { failed++ }
     END { printf "%d test programs passed, %d did not\n", passed, failed; exit !passed }' "$out/suite.txt"
exit $result
