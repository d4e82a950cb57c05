//@ op      clip
//@ variant one
//@ local   1
//@ tile    1
//@ default cpu
//
// factor[0] = min(1, most / (norm + 1e-6)), norm = the square root of the sum of all tensors' sums of
// squares: each tensor's chunks are added from left to right, then the tensors in network order.
// bounds[t] .. bounds[t + 1] are tensor t's chunks in `partial`. One work-item.

kernel void clip(const uint tensors, const float most, global const uint *restrict bounds,
                 global const float *restrict partial, global float *restrict factor) {
    float total = 0.0f;
    for (uint tensor = 0; tensor < tensors; tensor++) {
        float sum = partial[bounds[tensor]];
        for (uint chunk = bounds[tensor] + 1; chunk < bounds[tensor + 1]; chunk++)
            sum = sum + partial[chunk];
        total = tensor == 0 ? sum : total + sum;
    }
    const float ratio = iso_divide(most, iso_sqrt(total) + 0x1.0c6f7ap-20f);
    factor[0] = ratio < 1.0f ? ratio : 1.0f;
}
