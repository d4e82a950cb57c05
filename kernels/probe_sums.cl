//@ op      probe_sums
//@ variant groups
//@ local   64
//@ tile    64
//
// Known answers: sums and barriers. Terms are made from their place by integer operations; `scale` is
// a power of two, so small in one launch that every partial sum is subnormal.
//   chunks[i]  the fma chain of work-item i: 256 terms in ascending order from +0
//   totals[i]  the group's chunks added from left to right, by way of local memory
//   words[i]   what eight rounds of passing words around the group leave, two barriers a round
// Groups of 64; the extent is a multiple of that, so that no work-item is missing at a barrier.

static inline float probe_term(uint place, float scale) {
    const uint hash = (place * 2654435761u) ^ (place >> 7);
    return (convert_float(hash >> 9) * 0x1p-23f - 0.5f) * scale;
}

kernel void probe_sums(const float scale, global float *restrict chunks,
                       global float *restrict totals, global uint *restrict words) {
    local float shared_sums[64];
    local uint shared_words[64];
    const uint item = get_local_id(0), at = get_global_id(0);
    float sum = 0.0f;
    for (uint term = 0; term < CHUNK; term++)
        sum = fma(probe_term(2 * (at * CHUNK + term), scale),
                  probe_term(2 * (at * CHUNK + term) + 1, scale), sum);
    shared_sums[item] = sum;
    shared_words[item] = at + 1;
    barrier(CLK_LOCAL_MEM_FENCE);
    float total = shared_sums[0];
    for (uint other = 1; other < 64; other++)
        total = total + shared_sums[other];
    for (uint round = 0; round < 8; round++) {
        const uint word = shared_words[(item + 1) % 64] * 3 + shared_words[(item + 32) % 64];
        barrier(CLK_LOCAL_MEM_FENCE);
        shared_words[item] = word;
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    chunks[at] = sum;
    totals[at] = total;
    words[at] = shared_words[(item + 7) % 64];
}
