//@ op      update
//@ variant flat
//@ knob    LANES 16 1 4            parameters of a work-item
//@ knob    GROUP 64 16 256
//@ width   LANES
//@ local   GROUP
//@ tile    GROUP*LANES
//@ default cpu LANES=16 GROUP=64
//@ default gpu LANES=4 GROUP=256
//
// The optimizer (OPTIMIZER, with STATES memories) over all parameters at once, from the gradients;
// WITH_CLIP: they are first multiplied by clip[0]. Nothing changes once a step went bad. There are `floats`
// of them, a multiple of 16. Padding stays zero: its gradient is.

kernel void update(const uint floats, global const uint *restrict state,
                   global const float *restrict scalars, global const float *restrict clip,
                   global const float *restrict gradients, global float *restrict s0_io,
                   global float *restrict s1_io, global float *restrict parameters) {
    const size_t at = (size_t)get_global_id(0) * WIDTH;
    if (at >= floats || state[STATE_BAD] != STATE_FINE)
        return;
    F g = LOAD(gradients + at), w = LOAD(parameters + at), s0 = C(0.0f), s1 = C(0.0f);
#ifdef WITH_CLIP
    g = FN(flush)(g * C(clip[0]));
#endif
#if STATES > 0
    s0 = LOAD(s0_io + at);
#endif
#if STATES > 1
    s1 = LOAD(s1_io + at);
#endif
    CALL(OPTIMIZER)(g, &w, &s0, &s1, scalars + SCALARS * (size_t)state[STATE_STEP]);
    SAVE(w, parameters + at);
#if STATES > 0
    SAVE(s0, s0_io + at);
#endif
#if STATES > 1
    SAVE(s1, s1_io + at);
#endif
}
