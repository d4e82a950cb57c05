//@ op      conv_join
//@ variant naive
//@ knob    AHEAD 1 32              chunks that are read before the first of them is added
//@ local   1 64
//@ tile    1 64
//@ default gpu AHEAD=32
//
// A weight's gradient: the sums of its chunks added from left to right, handed to STORE as (filter, k).
// partial is as in conv_gradient. The chunks may come in several rounds: `begins` says that these are
// the first, `ends` that they are the last; in between, what there is so far is kept in the place of
// chunk `kept`. One work-item per weight.

kernel void conv_join(const uint chunks, const uint begins, const uint ends, const uint kept,
               global float *restrict partial, STORE_PARAMS) {
    const uint sums = (OUT_C + 15) / 16 * 16 * (TERMS + 1);
    const uint k = get_global_id(0), filter = get_global_id(1);
    if (k >= TERMS || filter >= OUT_C)
        return;
    const uint at = (filter / 16 * (TERMS + 1) + k) * 16 + filter % 16;
    float total = partial[(begins ? 0 : (size_t)kept * sums) + at];
    for (uint chunk = begins; chunk < chunks; chunk += AHEAD) {
        float next[AHEAD]; // zeros behind the last change no sum
        _Pragma("unroll") for (uint i = 0; i < AHEAD; ++i)
            next[i] = chunk + i < chunks ? partial[(size_t)(chunk + i) * sums + at] : 0.0f;
        _Pragma("unroll") for (uint i = 0; i < AHEAD; ++i)
            total = total + next[i];
    }
    if (ends)
        STORE(total, filter, k);
    else
        partial[(size_t)kept * sums + at] = total;
}
