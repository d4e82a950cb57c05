//@ op      conv_bias
//@ variant filters
//@ knob    LANES 16 1 4            filters of a work-item
//@ knob    GROUP 1 16              work-items of a work-group
//@ knob    AHEAD 1 16              chunks that are read before the first of them is added
//@ width   LANES
//@ local   GROUP
//@ tile    GROUP*LANES
//@ default cpu LANES=16 GROUP=1 AHEAD=1
//@ default gpu LANES=1 GROUP=16 AHEAD=16
//
// A filter's bias's gradient: as conv_join_naive.cl says, of the sums at k = TERMS, handed to STORE as
// (0, filter).

kernel void conv_bias(const uint chunks, const uint begins, const uint ends, const uint kept,
               global float *restrict partial, STORE_PARAMS) {
    const uint sums = (OUT_C + 15) / 16 * 16 * (TERMS + 1);
    const uint filter = get_global_id(0) * WIDTH;
    if (filter >= (OUT_C + 15) / 16 * 16)
        return;
    global float *from = partial + (size_t)(filter / 16 * (TERMS + 1) + TERMS) * 16 + filter % 16;
    F total = LOAD(from + (begins ? 0 : (size_t)kept * sums));
    uint chunk = begins;
    for (; AHEAD > 1 && chunk + AHEAD <= chunks; chunk += AHEAD) {
        F next[AHEAD];
        _Pragma("unroll") for (uint i = 0; i < AHEAD; ++i)
            next[i] = LOAD(from + (size_t)(chunk + i) * sums);
        _Pragma("unroll") for (uint i = 0; i < AHEAD; ++i)
            total = total + next[i];
    }
    for (; chunk < chunks; ++chunk)
        total = total + LOAD(from + (size_t)chunk * sums);
    if (ends)
        STORE_F(total, 0, filter);
    else
        SAVE(total, from + (size_t)kept * sums);
}
