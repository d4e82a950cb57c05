#!/bin/sh
# What tests/run says of its parts, and that an interruption ends all that it started, also what is in
# process groups of its own: sh test_run.sh ROOT, in a build tree.
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/tests/parts" "$work/host/packaging"
cp "$1/tests/run" "$work/tests/run"
cd "$work"

fail() {
    echo "FAILED: $*"
    cat out
    exit 1
}

goes_on() { # goes_on PROCESS: one that nobody has asked for its status may still be listed
    grep -q '^State:[[:blank:]]*[^Z[:blank:]]' "/proc/$1/status" 2>/dev/null
}

# Parts as in a checkout that has all it needs.
echo 'install_packages() { :; }
install_debian() { :; }' >host/packaging/install.sh
cat >tests/parts/suite.sh <<'END'
# It has three tests
echo 2 1 0 >>"$tally"
END
for part in left right; do
    cat >"tests/parts/$part.sh" <<END
# It takes long
# one processor
timeout 100 sh -c 'echo \$\$ >$part.pid && exec sleep 100'
END
done

if ./tests/run >out; then fail "a failed test is no success"; fi
tail -n 1 out | grep -qx '2 passed, 1 failed' || fail "the last line is another"

for signal in INT:130 TERM:143 HUP:129; do
    rm -f left.pid right.pid
    env --default-signal ./tests/run --part left --part right >out 2>&1 &
    run=$!
    while [ ! -s left.pid ] || [ ! -s right.pid ]; do sleep 0.05; done
    kill -s "${signal%:*}" "$run"
    status=0
    wait "$run" || status=$?
    [ "$status" = "${signal#*:}" ] || fail "${signal%:*}: status $status"
    for part in left right; do
        if goes_on "$(cat $part.pid)"; then fail "${signal%:*}: $part goes on"; fi
    done
done
