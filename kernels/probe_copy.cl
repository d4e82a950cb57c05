//@ op      probe_copy
//@ variant vectors
//@ width   16
//@ knob    GROUP 64 16 256
//@ local   GROUP
//@ tile    GROUP
//@ default cpu GROUP=64
//@ default gpu GROUP=256
//
// to = from, `vectors` of 16 floats: what memory can do, against which memory-bound kernels are held.

kernel void probe_copy(const uint vectors, global const float *restrict from,
                       global float *restrict to) {
    const size_t at = get_global_id(0);
    if (at < vectors)
        SAVE(LOAD(from + at * WIDTH), to + at * WIDTH);
}
