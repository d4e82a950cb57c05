//@ op      bias_gradient
//@ variant columns
//@ width   16
//@ local   1
//@ tile    16
//@ default cpu
//
// The gradient of a bias: for each column, the sum of delta over the batch in the contract's order,
// handed to STORE at (0, column). One work-item per 16 columns.

kernel void bias_gradient(const uint rows, const uint columns, const uint ld,
                          global const float *restrict delta, STORE_PARAMS) {
    const uint column = get_group_id(0) * WIDTH;
    if (column >= columns)
        return;
    F total = C(0.0f);
    for (uint begin = 0; begin < rows; begin += CHUNK) {
        const uint end = min(begin + CHUNK, rows);
        F chunk = C(0.0f);
        for (uint row = begin; row < end; row++)
            chunk = chunk + LOAD(delta + (size_t)row * ld + column);
        total = begin == 0 ? chunk : total + chunk;
    }
    STORE16(total, 0, column);
}
