// The matrix products for CPUs: what the three forms of the variant "panel" share. There is something
// here only where their knobs are.
#if defined(STRIPS) && (defined(AHEAD) || defined(NEXT))

#define LANES 16
#define HIGH 8  // broadcast elements at once: 16 sums of two vectors stand in registers
#define TALL 10 // instead, where 9 or 10 remain, as in a layer of ten classes: 20 sums still do
#define EACH(i, n) _Pragma("unroll") for (uint i = 0; i < n; ++i)

static inline bool is_tall(const uint remaining) { return remaining > HIGH && remaining <= TALL; }

// The rows or columns of a work-group. All groups take as many blocks of them, or one more: were the last
// tile alone cut short, one thread could get the whole tiles and another what is left. A tile holds
// whole blocks.
typedef struct part {
    uint first, count;
} part;

static inline part part_of(const uint all, const uint group, const uint tile, const uint block) {
    const uint groups = (all + tile - 1) / tile, blocks = (all + block - 1) / block;
    const uint least = blocks / groups, more = blocks % groups; // groups that take one more
    const uint first = block * (group * least + min(group, more));
    const uint count = min(block * (least + (group < more ? 1 : 0)), all - first);
    const part own = {first, min(count, tile)}; // min(): for the compiler, which sees no other bound
    return own;
}

#endif
