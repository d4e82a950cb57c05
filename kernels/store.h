// What every kernel that ends in STORE shares. A STORE file (store_*.h) defines STORE_PARAMS, the
// parameters it adds to a kernel, STORE_NAMES, to hand them on, and STORE in two halves: what it reads of a
// place, struct FN(before), and FN(store_read); and FN(store_write). FN(store_soon) asks memory for it in advance. A kernel that has many places reads several
// before it writes the first, and so waits once; for the others the halves are together in FN(store).
#define STORE_FROM_BOTH                                                                            \
    static inline void FN(store)(F value, uint row, uint column, STORE_PARAMS) {                   \
        struct FN(before) before;                                                                  \
        FN(store_read)(&before, row, column, STORE_NAMES);                                         \
        FN(store_write)(value, &before, row, column, STORE_NAMES);                                 \
    }

// FN of what a macro names: CALL(ACTIVATION) is iso_act_relu, iso_act_relu16, … Such macros hold whole
// names like act_tanh: tanh alone may be a macro of the OpenCL implementation.
#define CALL(name) CALL_NOW(name)
#define CALL_NOW(name) FN(name)

#define STORE(value, row, column) iso_store(value, row, column, STORE_NAMES)
#define STORE4(value, row, column) iso_store4(value, row, column, STORE_NAMES)
#define STORE16(value, row, column) iso_store16(value, row, column, STORE_NAMES)
#define STORE_F(value, row, column) FN(store)(value, row, column, STORE_NAMES)
#define STORE_SOON(row, column) iso_store_soon16(row, column, STORE_NAMES)
#ifdef __x86_64__
#define SOON(p) __builtin_prefetch((const void *)(size_t)(p), 1)
#else
#define SOON(p)
#endif

// The state of a training on the device: words of one buffer of uint.
#define STATE_NEXT 0 // the next step of the epoch, read by the gather
#define STATE_STEP 1 // the step under way, read by everything after the gather
#define STATE_BAD 2  // the first step of the epoch with a loss that is not finite
#define STATE_FINE 0xffffffffu // no such step
#define STATE_UNTIL 3 // resident.cl: the step before which it returns
