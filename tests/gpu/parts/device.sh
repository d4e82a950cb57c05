# The device: what OpenCL and the driver say of it, and its clocks
# share: 5

"$isobit" devices | tee "$out/device.table"
"$isobit" devices --json >"$out/device.json"
if command -v clinfo >/dev/null; then clinfo >"$out/clinfo.txt"; else echo "(no clinfo)"; fi
if command -v nvidia-smi >/dev/null; then
    nvidia-smi --format=csv --query-gpu=name,driver_version,clocks.sm,clocks.max.sm,clocks.mem,power.limit,temperature.gpu |
        tee -a "$out/device.table"
else
    echo "(no nvidia-smi: no clocks)" | tee -a "$out/device.table"
fi
"$isobit" devices | grep '^\* chosen' | tee "$out/chosen"
# The device that is chosen is a GPU, not a processor that is here, too.
index=$(sed 's/^\* chosen: \([0-9]*\),.*/\1/' "$out/chosen")
rm "$out/chosen"
"$isobit" devices | grep -q "^\* $index  *gpu"
