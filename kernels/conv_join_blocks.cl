//@ op      conv_join
//@ variant blocks
//@ width   16
//@ local   1 1
//@ tile    16 16
//@ default cpu
//
// As conv_join_naive.cl says. One work-item per 16 filters and 16 weights of each.

kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void conv_join(const uint chunks, const uint begins, const uint ends, const uint kept,
               global float *restrict partial, STORE_PARAMS) {
    const uint sums = (OUT_C + 15) / 16 * 16 * (TERMS + 1);
    const uint first = get_group_id(0) * 16, filter = get_group_id(1) * 16;
    float16 total[16];
    EACH(i, 16) {
        global float *from = partial + (size_t)(filter / 16 * (TERMS + 1) + min(first + i, (uint)TERMS)) * 16;
        float16 sum = vload16(0, from + (begins ? 0 : (size_t)kept * sums));
        for (uint chunk = begins; chunk < chunks; ++chunk)
            sum = sum + vload16(0, from + (size_t)chunk * sums);
        if (!ends && first + i < TERMS)
            vstore16(sum, 0, from + (size_t)kept * sums);
        total[i] = sum;
    }
    if (!ends)
        return;
    iso_turn16(total, total);
    for (uint i = 0; i < min(16u, OUT_C - filter); ++i)
        STORE16(total[i], filter + i, first);
}
