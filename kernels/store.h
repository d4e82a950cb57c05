// What every kernel that ends in STORE shares. A STORE file (store_*.h) defines STORE_PARAMS, the
// parameters it adds to a kernel, STORE_NAMES, to hand them on, and FN(store).

// FN of what a macro names: CALL(ACTIVATION) is iso_act_relu, iso_act_relu16, … Such macros hold whole
// names like act_tanh: tanh alone may be a macro of the OpenCL implementation.
#define CALL(name) CALL_NOW(name)
#define CALL_NOW(name) FN(name)

#define STORE(value, row, column) iso_store(value, row, column, STORE_NAMES)
#define STORE4(value, row, column) iso_store4(value, row, column, STORE_NAMES)
#define STORE16(value, row, column) iso_store16(value, row, column, STORE_NAMES)
#define STORE_F(value, row, column) FN(store)(value, row, column, STORE_NAMES)

// The state of a training on the device: words of one buffer of uint.
#define STATE_NEXT 0 // the next step of the epoch, read by the gather
#define STATE_STEP 1 // the step under way, read by everything after the gather
#define STATE_BAD 2  // the first step of the epoch with a loss that is not finite
#define STATE_FINE 0xffffffffu // no such step
#define STATE_UNTIL 3 // resident.cl: the step before which it returns
