//@ op      probe_peak
//@ variant chains
//@ knob    CHAINS 12 5 8           independent sums of a work-item: enough to fill the fma pipes
//@ knob    WIDE 1 0                float16 rather than float
//@ knob    GROUP 1 256
//@ local   GROUP
//@ tile    GROUP
//@ default cpu
//@ default gpu CHAINS=8 WIDE=0 GROUP=256
//
// How fast the device multiplies and adds when memory plays no part: CHAINS sums in registers, `rounds`
// fmas each. Every result depends on `factor`, so nothing can be left out; out[i] keeps it alive.

#if WIDE
typedef float16 probe_lanes;
#define PROBE_SUM(x) ((x).s0 + (x).s7 + (x).sf)
#else
typedef float probe_lanes;
#define PROBE_SUM(x) (x)
#endif

kernel void probe_peak(const uint items, const uint rounds, const float factor,
                       global float *restrict out) {
    const uint item = get_global_id(0);
    if (item >= items)
        return;
    probe_lanes sum[CHAINS];
    const probe_lanes by = (probe_lanes)(factor), more = (probe_lanes)(1.0f - factor);
    _Pragma("unroll") for (uint c = 0; c < CHAINS; c++)
        sum[c] = (probe_lanes)(convert_float(item + c));
    for (uint round = 0; round < rounds; round++) {
        _Pragma("unroll") for (uint c = 0; c < CHAINS; c++)
            sum[c] = fma(sum[c], by, more);
    }
    float total = 0.0f;
    _Pragma("unroll") for (uint c = 0; c < CHAINS; c++)
        total = total + PROBE_SUM(sum[c]);
    out[item] = total;
}
