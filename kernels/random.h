// Philox4x32-10, the same stream as host/base/random.c (numerics contract, rule 9).
//
// Key: the seed, low word first. Counter: {purpose, which, index low word, index high word}; what
// these mean is in host/base/random.h. Draw d of a stream is word d % 4 of index d / 4. The words
// are Salmon et al.'s, "Parallel random numbers: as easy as 1, 2, 3", 2011.

// Four draws of one counter.
static inline uint4 iso_philox(ulong seed, uint purpose, uint which, ulong index) {
    uint2 key = (uint2)((uint)seed, (uint)(seed >> 32));
    uint4 c = (uint4)(purpose, which, (uint)index, (uint)(index >> 32));
    for (int round = 0; round < 10; round++) {
        const uint2 high = mul_hi((uint2)(0xCD9E8D57u, 0xD2511F53u), c.zx);
        const uint2 low = (uint2)(0xCD9E8D57u, 0xD2511F53u) * c.zx;
        c = (uint4)(high.x ^ c.y ^ key.x, low.x, high.y ^ c.w ^ key.y, low.y);
        key += (uint2)(0x9E3779B9u, 0xBB67AE85u);
    }
    return c;
}

// A draw as a number: 0 <= result < 1, (draw >> 8) 2^-24.
static inline float iso_uniform(uint draw) {
    return convert_float(draw >> 8) * 0x1p-24f;
}
