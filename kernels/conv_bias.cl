//@ op      conv_bias
//@ variant filters
//@ width   16
//@ local   1
//@ tile    16
//@ default cpu
//
// A filter's bias's gradient: as conv_join_naive.cl says, of the sums at k = TERMS, handed to STORE as
// (0, filter). One work-item per 16 filters.

kernel void conv_bias(const uint chunks, const uint begins, const uint ends, const uint kept,
               global float *restrict partial, STORE_PARAMS) {
    const uint sums = (OUT_C + 15) / 16 * 16 * (TERMS + 1);
    const uint filter = get_group_id(0) * 16;
    global float *from = partial + (size_t)(filter / 16 * (TERMS + 1) + TERMS) * 16;
    float16 total = vload16(0, from + (begins ? 0 : (size_t)kept * sums));
    for (uint chunk = begins; chunk < chunks; ++chunk)
        total = total + vload16(0, from + (size_t)chunk * sums);
    if (ends)
        STORE16(total, 0, filter);
    else
        vstore16(total, 0, from + (size_t)kept * sums);
}
