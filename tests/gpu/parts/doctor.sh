# isobit doctor: known answers for every operation, and is the device exact?
# share: 15

"$isobit" doctor >"$out/doctor.table" || { cat "$out/doctor.table" && exit 1; }
"$isobit" doctor --json >"$out/doctor.json"
grep "class     exact$" "$out/doctor.table"
