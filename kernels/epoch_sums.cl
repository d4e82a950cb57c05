//@ op      epoch_sums
//@ variant chunks
//@ local   16
//@ tile    16
//@ default cpu
//
// Chunk c of an epoch's samples, in training order: loss_sums[c] = the sum of their losses,
// right[c] = how many were correct. The host joins the chunks from left to right. One work-item per
// chunk.

kernel void epoch_sums(const uint samples, global const float *restrict losses,
                       global const uint *restrict correct, global float *restrict loss_sums,
                       global uint *restrict right) {
    const uint chunk = get_global_id(0), begin = chunk * CHUNK;
    if (begin >= samples)
        return;
    const uint end = min(begin + CHUNK, samples);
    float sum = 0.0f;
    uint count = 0;
    for (uint i = begin; i < end; i++) {
        sum = sum + losses[i];
        count += correct[i];
    }
    loss_sums[chunk] = sum;
    right[chunk] = count;
}
