// Losses that are a sum over outputs: one line each.
//
//   LOSS(name, reads, loss, slope)
//
// reads   OUTPUT: loss and slope are functions of the output y, and the error term is the slope
//         times the activation's; LOGIT: they are functions of the z before the activation as well,
//         and the slope is the error term already (sigmoid and loss taken together never overflow, a
//         step has no derivative)
// loss    of output y (or its z) against target t
// slope   its derivative
//
// A loss is about to be added to others, so it never ends in a bare product (contract, rule 1).
//
// Kernels get iso_loss_<name>(z, y, t) and iso_loss_slope_<name>(z, y, t).
// categorical_cross_entropy goes with softmax: see sample_loss.h.
#ifndef LOSS
#define LOSS(name, reads, loss, slope)                                                             \
    static inline F FN(loss_##name)(F z, F y, F t) { return loss; }                                \
    static inline F FN(loss_slope_##name)(F z, F y, F t) { return slope; }
#define LOSS_KERNEL
#endif

LOSS(mse, OUTPUT, FMA(C(0.5f) * (y - t), y - t, C(0.0f)), y - t)
LOSS(mae, OUTPUT, FABS(y - t),
     SELECT(y > t, C(1.0f), SELECT(y < t, C(-1.0f), C(0.0f))))
LOSS(binary_cross_entropy, LOGIT,
     FMA(-z, t, SELECT(z <= C(0.0f), C(0.0f), z)) + FN(log1p)(FN(exp)(-FABS(z))), y - t)
// The perceptron criterion: how far z is on the wrong side of 0; a target above 0 wants z there.
LOSS(perceptron, LOGIT,
     SELECT(SELECT(t > C(0.0f), -z, z) <= C(0.0f), C(0.0f), SELECT(t > C(0.0f), -z, z)),
     SELECT(y > C(0.0f), C(1.0f), C(0.0f)) - SELECT(t > C(0.0f), C(1.0f), C(0.0f)))

#ifdef LOSS_KERNEL
#undef LOSS_KERNEL
#undef LOSS
#endif
