/* How far the project's numeric functions are from the correctly rounded result: every float32 for
 * the functions of one argument (x >= 0 where the code treats the sign bit apart), 2^30 pairs, half
 * of them hard cases, for the software divide.
 *
 *   numerics_ulp [-s STRIDE] [NAME ...]      all names without one; STRIDE 1 takes 1-5 min a name
 *
 * By hand, not in CI: run it when kernels/numerics.h changes and write its numbers there. Prints
 * the largest error in units of the last place of the correctly rounded result, where it is, and
 * how many results are 0, 1, 2 and more floats away from it. The reference is the C library's
 * double function; MPFR decides wherever that could matter: next to a rounding boundary, and for
 * every new largest error. Exits with 1 when a function exceeds what the contract promises. */
#define ISO_NUMERICS_SOFTWARE
#include "base/numerics.h"

#include <math.h>
#include <mpfr.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 2, CLASSES = 4 };

typedef struct function {
    const char *name;
    float (*ours)(float);
    double (*close)(double);
    int (*exact)(mpfr_t, const mpfr_t, mpfr_rnd_t);
    double promise; /* in ULP */
    bool mirrored;  /* the sign bit is handled apart: x >= 0 tells all */
} function;

static double close_rsqrt(double x) { return 1 / sqrt(x); }
static double close_sigmoid(double x) { return 1 / (1 + exp(-x)); }

static int exact_rsqrt(mpfr_t y, const mpfr_t x, mpfr_rnd_t round) {
    if (mpfr_zero_p(x))
        return mpfr_ui_div(y, 1, x, round); /* keeps the sign, which mpfr_rec_sqrt does not */
    return mpfr_rec_sqrt(y, x, round);
}

static int exact_sigmoid(mpfr_t y, const mpfr_t x, mpfr_rnd_t round) {
    mpfr_neg(y, x, round);
    mpfr_exp(y, y, round);
    mpfr_add_ui(y, y, 1, round);
    return mpfr_ui_div(y, 1, y, round);
}

static const function functions[] = {
    {"exp", iso_software_exp, exp, mpfr_exp, 1, false},
    {"log", iso_software_log, log, mpfr_log, 1, false},
    {"tanh", iso_software_tanh, tanh, mpfr_tanh, 2, true},
    {"sigmoid", iso_software_sigmoid, close_sigmoid, exact_sigmoid, 2, false},
    {"erf", iso_software_erf, erf, mpfr_erf, 2, true},
    {"sin", iso_software_sin, sin, mpfr_sin, 2, true},
    {"cos", iso_software_cos, cos, mpfr_cos, 2, true},
    {"rsqrt", iso_software_rsqrt, close_rsqrt, exact_rsqrt, 2, false},
    {"sqrt", iso_software_sqrt, sqrt, mpfr_sqrt, 0.5, false},
};
enum { FUNCTIONS = sizeof functions / sizeof *functions };

typedef struct job {
    const function *f;
    uint64_t first, stride;
    pthread_t thread;
    double worst;
    float where;
    uint64_t away[CLASSES]; /* results this many floats from the right one; the last: or more */
} job;

/* Floats in order as integers in order; both zeros are 0. */
static int64_t order(float x) {
    uint32_t u = iso_as_bits(x);
    return u >> 31 ? -(int64_t)(u & 0x7fffffffu) : (int64_t)u;
}

/* The unit of the last place of a finite float. */
static double unit(float x) {
    int exponent;
    frexpf(x, &exponent);
    return ldexp(1, x == 0 || exponent < -125 ? -149 : exponent - 24);
}

/* The exact value as a double-double: good to 2^-100, which no distance needs. */
static void exact_value(const function *f, float x, float *rounded, double *high, double *low) {
    mpfr_t y, z;
    mpfr_init2(z, 24);
    mpfr_init2(y, 200);
    mpfr_set_flt(z, x, MPFR_RNDN);
    f->exact(y, z, MPFR_RNDN);
    *rounded = mpfr_get_flt(y, MPFR_RNDN);
    *high = mpfr_get_d(y, MPFR_RNDN);
    mpfr_sub_d(y, y, *high, MPFR_RNDN);
    *low = mpfr_get_d(y, MPFR_RNDN);
    mpfr_clears(y, z, (mpfr_ptr)0);
}

/* Whether a double with an error of a few of its last places could round to two floats. */
static bool is_near_a_boundary(double y) {
    return (float)(y * (1 - 0x1p-49)) != (float)(y * (1 + 0x1p-49));
}

static void check(job *j, float x) {
    float ours = j->f->ours(x);
    double high = j->f->close((double)x), low = 0;
    float right = (float)high;
    if (isnan(ours) || isnan(high)) {
        j->away[isnan(ours) && isnan(high) ? 0 : CLASSES - 1]++;
        return;
    }
    if (is_near_a_boundary(high) && isfinite(high))
        exact_value(j->f, x, &right, &high, &low);
    int64_t away = llabs(order(ours) - order(right));
    if (right == 0 && ours == 0 && signbit(right) != signbit(ours))
        away = CLASSES; /* a zero's sign counts */
    j->away[away < CLASSES ? away : CLASSES - 1]++;
    if (isinf(right) || isinf(ours)) {
        if (away && j->worst < (double)away) {
            j->worst = (double)away;
            j->where = x;
        }
        return;
    }
    double error = fabs(((double)ours - high) - low) / unit(right);
    if (error <= j->worst)
        return;
    exact_value(j->f, x, &right, &high, &low);
    error = fabs(((double)ours - high) - low) / unit(right);
    if (error > j->worst) {
        j->worst = error;
        j->where = x;
    }
}

static void *run(void *argument) {
    job *j = argument;
    uint64_t end = (uint64_t)1 << (j->f->mirrored ? 31 : 32);
    for (uint64_t i = j->first; i < end; i += THREADS * j->stride)
        check(j, iso_as_float((uint32_t)i));
    return NULL;
}

static uint64_t next(uint64_t *state) { /* splitmix64 */
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* Even pairs: any bits, and every 8th with a quotient near the subnormals. Odd ones: a numerator
 * next to (a midpoint between two floats) * denominator. */
static void *run_divide(void *argument) {
    job *j = argument;
    uint64_t state = j->first + 1;
    for (uint64_t i = j->first; i < (uint64_t)1 << 30; i += THREADS * j->stride) {
        uint64_t bits = next(&state);
        float a = iso_as_float((uint32_t)bits), b = iso_as_float((uint32_t)(bits >> 32));
        int scale = (int)(bits >> 56) % 30;
        if (i >> 1 & 1) {
            b = ldexpf((float)(bits >> 40 | 0x800000u), -23);
            uint32_t midpoint = (uint32_t)(bits & 0xffffffu) << 1 | 0x1000001u;
            a = (float)(ldexp((double)midpoint, -24 - scale) * (double)b);
            a = nextafterf(a, (bits >> 39 & 1) ? INFINITY : 0);
            a = (bits >> 38 & 1) ? ldexpf(a, -40) : a;
            b = (bits >> 38 & 1) ? ldexpf(b, 86) : b;
        } else if (!(i & 28)) {
            b = ldexpf(b == 0 || !isfinite(b) ? 1 : frexpf(b, &(int){0}), 60);
            a = ldexpf(a == 0 || !isfinite(a) ? 1 : frexpf(a, &(int){0}), -60 - scale);
        }
        float ours = iso_software_divide(a, b), right = a / b;
        bool same = isnan(right) ? isnan(ours) : iso_as_bits(ours) == iso_as_bits(right);
        j->away[same ? 0 : CLASSES - 1]++;
        if (!same) {
            j->worst = 1;
            j->where = a;
        }
    }
    return NULL;
}

static bool measure(const function *f, const char *name, uint64_t stride) {
    job jobs[THREADS] = {0}, all = {0};
    for (unsigned t = 0; t < THREADS; t++) {
        jobs[t].f = f;
        jobs[t].first = t * stride;
        jobs[t].stride = stride;
        if (pthread_create(&jobs[t].thread, NULL, f ? run : run_divide, &jobs[t]))
            abort();
    }
    for (unsigned t = 0; t < THREADS; t++) {
        pthread_join(jobs[t].thread, NULL);
        if (jobs[t].worst > all.worst) {
            all.worst = jobs[t].worst;
            all.where = jobs[t].where;
        }
        for (unsigned c = 0; c < CLASSES; c++)
            all.away[c] += jobs[t].away[c];
    }
    printf("%-8s max %.4f ULP at %a (0x%08x); away by 0: %llu, 1: %llu, 2: %llu, more: %llu\n",
           name, all.worst, (double)all.where, iso_as_bits(all.where),
           (unsigned long long)all.away[0], (unsigned long long)all.away[1],
           (unsigned long long)all.away[2], (unsigned long long)all.away[3]);
    fflush(stdout);
    return all.worst <= (f ? f->promise : 0) && !all.away[CLASSES - 1];
}

int main(int argc, char **argv) {
    uint64_t stride = 1;
    int at = 1;
    if (argc > 2 && !strcmp(argv[1], "-s")) {
        stride = strtoull(argv[2], NULL, 10);
        at = 3;
    }
    bool kept = stride > 0;
    for (size_t i = 0; kept && i <= FUNCTIONS; i++) {
        const char *name = i < FUNCTIONS ? functions[i].name : "divide";
        bool asked = at == argc;
        for (int k = at; k < argc; k++)
            asked = asked || !strcmp(argv[k], name);
        if (asked && !measure(i < FUNCTIONS ? &functions[i] : NULL, name, stride))
            kept = false;
    }
    return kept ? 0 : 1;
}
