//@ op      conv_bias
//@ variant filters
//@ knob    LANES 16 1 4            filters of a work-item
//@ knob    GROUP 1 16              work-items of a work-group
//@ knob    AHEAD 1 32              chunks that are read before the first of them is added
//@ width   LANES
//@ local   GROUP
//@ tile    GROUP*LANES
//@ default cpu LANES=16 GROUP=1 AHEAD=1
//@ default gpu LANES=1 GROUP=16 AHEAD=32
//
// A filter's bias's gradient: as conv_join_naive.cl says, of the sums at k = TERMS, handed to STORE as
// (0, filter).

kernel void conv_bias(const uint chunks, const uint begins, const uint ends, const uint kept,
               global float *restrict partial, STORE_PARAMS) {
    const uint sums = (OUT_C + 15) / 16 * 16 * (TERMS + 1);
    const uint filter = get_global_id(0) * WIDTH;
    if (filter >= OUT_C)
        return;
    global float *from = partial + (size_t)(filter / 16 * (TERMS + 1) + TERMS) * 16 + filter % 16;
    F total = LOAD(from + (begins ? 0 : (size_t)kept * sums));
    for (uint chunk = begins; chunk < chunks; chunk += AHEAD) {
        F next[AHEAD]; // zeros behind the last change no sum
        _Pragma("unroll") for (uint i = 0; i < AHEAD; ++i)
            next[i] = chunk + i < chunks ? LOAD(from + (size_t)(chunk + i) * sums) : C(0.0f);
        _Pragma("unroll") for (uint i = 0; i < AHEAD; ++i)
            total = total + next[i];
    }
    if (ends)
        STORE_F(total, 0, filter);
    else
        SAVE(total, from + (size_t)kept * sums);
}
