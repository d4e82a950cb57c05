//@ op      bias_gradient
//@ variant columns
//@ knob    LANES 16 1 4            columns of a work-item
//@ knob    GROUP 1 32              work-items of a work-group
//@ knob    AHEAD 1 16 64           rows that are read before the first of them is added
//@ width   LANES
//@ local   GROUP
//@ tile    GROUP*LANES
//@ default cpu LANES=16 GROUP=1 AHEAD=1
//
// The gradient of a bias: for each column, the sum of delta over the batch in the contract's order,
// handed to STORE at (0, column). AHEAD has several loads under way.

kernel void bias_gradient(const uint rows, const uint columns, const uint ld,
                          global const float *restrict delta, STORE_PARAMS) {
    const uint column = get_global_id(0) * WIDTH;
    if (column >= columns)
        return;
    F total = C(0.0f);
    for (uint begin = 0; begin < rows; begin += CHUNK) {
        const uint end = min(begin + CHUNK, rows);
        F chunk = C(0.0f);
        for (uint row = begin; row < end; row += AHEAD) {
            F next[AHEAD]; // zeros behind the last change no sum
            _Pragma("unroll") for (uint i = 0; i < AHEAD; ++i)
                next[i] = row + i < end ? LOAD(delta + (size_t)(row + i) * ld + column) : C(0.0f);
            _Pragma("unroll") for (uint i = 0; i < AHEAD; ++i)
                chunk = chunk + next[i];
        }
        total = begin == 0 ? chunk : total + chunk;
    }
    STORE_F(total, 0, column);
}
