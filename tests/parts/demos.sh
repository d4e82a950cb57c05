# every demo of isobit demo runs, its claims hold and its picture is drawn; all in 60 seconds when warm
# packages: gnuplot-nox libxml2-utils

build build
demos=$root/build/demos
rm -rf "$demos"
mkdir -p "$demos"
show() { # show COMMAND …: its output if it fails
    "$@" >"$demos/log" 2>&1 || {
        cat "$demos/log"
        return 1
    }
}

show build/isobit demo --all # compiles the kernels
begin=$(date +%s)
show build/isobit demo --all --plot "$demos"
took=$(($(date +%s) - begin))
count=0
for name in $(build/isobit demo | awk '!NF { exit } { print $1 }'); do
    xmllint --noout "$demos/$name.svg"
    count=$((count + 1))
done
[ "$count" -gt 0 ]
echo "$count demos and pictures in $took s"
[ "$took" -le 60 ]
