// Optimizers: how a gradient g changes a parameter w and what is remembered about it (s0, s1).
//
// h points at the step's scalars, computed on the host by the optimizer's row in host/nn/optimizer.c
// (which says what each is). Everything stored is flushed: below 2^-126 is zero.

// sgd: D = momentum D - lr (g + decay w); w = w + D.
// s0: D. h: lr, momentum, weight decay.
static inline void FN(sgd)(F g, F *w, F *s0, F *s1, global const float *h) {
    const F slope = FMA(C(h[2]), *w, g);
    const F change = FN(flush)(FMA(C(h[1]), *s0, -(C(h[0]) * slope)));
    *s0 = change;
    *w = FN(flush)(*w + change);
}

// sgd without momentum needs no memory: the same with D = 0 before.
static inline void FN(sgd_plain)(F g, F *w, F *s0, F *s1, global const float *h) {
    F none = C(0.0f);
    FN(sgd)(g, w, &none, s1, h);
}

// Nor does it without weight decay, where g + 0 w is g: the same bits with less work.
static inline void FN(sgd_bare)(F g, F *w, F *s0, F *s1, global const float *h) {
    *w = FN(flush)(*w + FN(flush)(-(C(h[0]) * g)));
}

// Nesterov's momentum: w moves by what D will be one step ahead.
static inline void FN(nesterov)(F g, F *w, F *s0, F *s1, global const float *h) {
    const F slope = FMA(C(h[2]), *w, g);
    const F change = FN(flush)(FMA(C(h[1]), *s0, -(C(h[0]) * slope)));
    *s0 = change;
    *w = FN(flush)(*w + FMA(C(h[1]), change, -(C(h[0]) * slope)));
}

// adagrad (Duchi et al., 2011): s0: sum of squares. h: lr of the step, epsilon, weight decay.
static inline void FN(adagrad)(F g, F *w, F *s0, F *s1, global const float *h) {
    const F slope = FMA(C(h[2]), *w, g);
    *s0 = FN(flush)(FMA(slope, slope, *s0));
    *w = FN(flush)(FMA(-C(h[0]), FN(divide)(slope, FN(sqrt)(*s0) + C(h[1])), *w));
}

// rmsprop (Hinton): s0: mean of squares, s1: momentum.
// h: lr, alpha, 1 - alpha, epsilon, momentum, weight decay.
static inline void FN(rmsprop)(F g, F *w, F *s0, F *s1, global const float *h) {
    const F slope = FMA(C(h[5]), *w, g);
    *s0 = FN(flush)(FMA(C(h[1]), *s0, (C(h[2]) * slope) * slope));
    *s1 = FN(flush)(FMA(C(h[4]), *s1, FN(divide)(slope, FN(sqrt)(*s0) + C(h[3]))));
    *w = FN(flush)(FMA(-C(h[0]), *s1, *w));
}

// adam and adamw (Kingma and Ba, 2015; Loshchilov and Hutter, 2019): s0: mean, s1: mean of squares.
// h: lr / c1, 1 - beta1, beta2, 1 - beta2, 1 / sqrt(c2), epsilon, weight decay of the gradient,
// lr times weight decay of the weight; c = 1 - beta^t.
static inline void FN(adam)(F g, F *w, F *s0, F *s1, global const float *h) {
    const F kept = FMA(-C(h[7]), *w, *w);
    const F slope = FMA(C(h[6]), *w, g);
    *s0 = FN(flush)(FMA(C(h[1]), slope - *s0, *s0));
    *s1 = FN(flush)(FMA(C(h[2]), *s1, (C(h[3]) * slope) * slope));
    const F root = FMA(FN(sqrt)(*s1), C(h[4]), C(h[5]));
    *w = FN(flush)(FMA(-C(h[0]), FN(divide)(*s0, root), kept));
}
