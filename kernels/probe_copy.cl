//@ op      probe_copy
//@ variant vectors
//@ knob    LANES 16 1 4            floats of a work-item
//@ knob    GROUP 64 16 256
//@ width   LANES
//@ local   GROUP
//@ tile    GROUP*LANES
//@ default cpu LANES=16 GROUP=64
//@ default gpu LANES=4 GROUP=256
//
// to = from, `floats` of them, a multiple of 16: what memory can do, against which memory-bound kernels are held.

kernel void probe_copy(const uint floats, global const float *restrict from,
                       global float *restrict to) {
    const size_t at = (size_t)get_global_id(0) * WIDTH;
    if (at < floats)
        SAVE(LOAD(from + at), to + at);
}
