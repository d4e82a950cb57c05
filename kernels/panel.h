// The matrix products for CPUs: what the three forms of the variant "panel" share. There is something
// here only where their knobs are.
#if defined(STRIPS) && (defined(AHEAD) || defined(NEXT))

#define LANES 16
#define HIGH 8  // broadcast elements at once: 16 sums of two vectors stand in registers
#define TALL 10 // instead, where 9 or 10 remain, as in a layer of ten classes: 20 sums still do
#define EACH(i, n) _Pragma("unroll") for (uint i = 0; i < n; ++i)

static inline bool is_tall(const uint remaining) { return remaining > HIGH && remaining <= TALL; }

#endif
