#include "nn/optimizer.h"

#include "device/program.h"

#include <math.h>
#include <string.h>

/* An option: its name, default and range. Switches are 0 or 1. */
typedef struct option {
    const char *name;
    double value, least, most;
    bool is_switch;
} option;

/* A row an optimizer: options (after lr), how many numbers it remembers, the kernel function, and
 * the step's scalars as that function reads them. */
struct iso_optimizer_kind {
    const char *name;
    double lr;
    option options[ISO_OPTIONS];
    const char *known; /* for messages */
    /* choose function and states; refuse options that make no sense together */
    isobit_status (*resolve)(iso_optimizer *optimizer);
    void (*scalars)(const double *o, double lr, const double *power, uint64_t step, double *out);
    int beta[2];      /* which options are raised to the step's power; -1: none */
    const char *loss; /* the one loss that it is a rule for; NULL: any */
    const char *rate; /* what its rate is called; NULL: lr */
};

static const double TINY = 1e-30; /* epsilons must be above zero: unused padding divides by them */

enum { SGD_MOMENTUM, SGD_DECAY, SGD_NESTEROV };
static isobit_status resolve_sgd(iso_optimizer *o) {
    if (o->options[SGD_NESTEROV] != 0 && o->options[SGD_MOMENTUM] == 0)
        return iso_fail(ISOBIT_ERROR_ARGUMENT, "nesterov=on needs a momentum above 0");
    o->states = o->options[SGD_MOMENTUM] != 0;
    o->function = o->options[SGD_NESTEROV] != 0 ? "nesterov"
                  : o->states                   ? "sgd"
                  : o->options[SGD_DECAY] != 0  ? "sgd_plain"
                                                : "sgd_bare";
    return ISOBIT_OK;
}
static void scalars_sgd(const double *o, double lr, const double *power, uint64_t step,
                        double *out) {
    (void)power, (void)step;
    out[0] = lr;
    out[1] = o[SGD_MOMENTUM];
    out[2] = o[SGD_DECAY];
}

/* The perceptron learning rule is plain descent on its own criterion. */
static isobit_status resolve_perceptron(iso_optimizer *o) {
    o->function = "sgd_bare";
    return ISOBIT_OK;
}

enum { ADAGRAD_DECAY, ADAGRAD_EPS, ADAGRAD_LR_DECAY };
static isobit_status resolve_adagrad(iso_optimizer *o) {
    o->states = 1;
    o->function = "adagrad";
    return ISOBIT_OK;
}
static void scalars_adagrad(const double *o, double lr, const double *power, uint64_t step,
                            double *out) {
    (void)power;
    out[0] = lr / (1 + (double)step * o[ADAGRAD_LR_DECAY]);
    out[1] = o[ADAGRAD_EPS];
    out[2] = o[ADAGRAD_DECAY];
}

enum { RMS_ALPHA, RMS_EPS, RMS_MOMENTUM, RMS_DECAY };
static isobit_status resolve_rmsprop(iso_optimizer *o) {
    o->states = 2;
    o->function = "rmsprop";
    return ISOBIT_OK;
}
static void scalars_rmsprop(const double *o, double lr, const double *power, uint64_t step,
                            double *out) {
    (void)power, (void)step;
    out[0] = lr;
    out[1] = o[RMS_ALPHA];
    out[2] = 1 - o[RMS_ALPHA];
    out[3] = o[RMS_EPS];
    out[4] = o[RMS_MOMENTUM];
    out[5] = o[RMS_DECAY];
}

enum { ADAM_BETA1, ADAM_BETA2, ADAM_EPS, ADAM_DECAY };
static isobit_status resolve_adam(iso_optimizer *o) {
    o->states = 2;
    o->function = "adam";
    return ISOBIT_OK;
}
static void scalars_adam(const double *o, double lr, const double *power, uint64_t step,
                         double *out) {
    (void)step;
    out[0] = lr / (1 - power[0]);
    out[1] = 1 - o[ADAM_BETA1];
    out[2] = o[ADAM_BETA2];
    out[3] = 1 - o[ADAM_BETA2];
    out[4] = 1 / sqrt(1 - power[1]);
    out[5] = o[ADAM_EPS];
    out[6] = o[ADAM_DECAY];
}
static void scalars_adamw(const double *o, double lr, const double *power, uint64_t step,
                          double *out) {
    scalars_adam(o, lr, power, step, out);
    out[6] = 0;
    out[7] = lr * o[ADAM_DECAY];
}

/* A search: run/search.c. Its rate is the standard deviation of a mutation. */
enum { GENETIC_POPULATION, GENETIC_ELITE };
static isobit_status resolve_genetic(iso_optimizer *o) {
    const double population = o->options[GENETIC_POPULATION], elite = o->options[GENETIC_ELITE];
    if (population != floor(population) || elite != floor(elite) || elite >= population)
        return iso_fail(ISOBIT_ERROR_ARGUMENT,
                        "genetic: population=%g elite=%g: both are counts, and the elite is the "
                        "smaller one",
                        population, elite);
    o->function = "genetic";
    return ISOBIT_OK;
}
static void scalars_genetic(const double *o, double lr, const double *power, uint64_t step,
                            double *out) {
    (void)o, (void)power, (void)step;
    out[0] = lr;
}

#define BETAS                                                                                      \
    {"beta1", 0.9, 0, 0.9999999, false}, { "beta2", 0.999, 0, 0.9999999, false }
static const iso_optimizer_kind kinds[] = {
    {"sgd",
     0.1,
     {{"momentum", 0, 0, 1, false},
      {"weight_decay", 0, 0, 1e6, false},
      {"nesterov", 0, 0, 1, true}},
     "lr, momentum, weight_decay, nesterov",
     resolve_sgd,
     scalars_sgd,
     {-1, -1},
     NULL,
     NULL},
    {"adagrad",
     0.01,
     {{"weight_decay", 0, 0, 1e6, false},
      {"eps", 1e-10, TINY, 1e6, false},
      {"lr_decay", 0, 0, 1e6, false}},
     "lr, weight_decay, eps, lr_decay",
     resolve_adagrad,
     scalars_adagrad,
     {-1, -1},
     NULL,
     NULL},
    {"rmsprop",
     0.01,
     {{"alpha", 0.99, 0, 1, false},
      {"eps", 1e-8, TINY, 1e6, false},
      {"momentum", 0, 0, 1, false},
      {"weight_decay", 0, 0, 1e6, false}},
     "lr, alpha, eps, momentum, weight_decay",
     resolve_rmsprop,
     scalars_rmsprop,
     {-1, -1},
     NULL,
     NULL},
    {"adam",
     0.001,
     {BETAS, {"eps", 1e-8, TINY, 1e6, false}, {"weight_decay", 0, 0, 1e6, false}},
     "lr, beta1, beta2, eps, weight_decay",
     resolve_adam,
     scalars_adam,
     {ADAM_BETA1, ADAM_BETA2},
     NULL,
     NULL},
    {"adamw",
     0.001,
     {BETAS, {"eps", 1e-8, TINY, 1e6, false}, {"weight_decay", 0.01, 0, 1e6, false}},
     "lr, beta1, beta2, eps, weight_decay",
     resolve_adam,
     scalars_adamw,
     {ADAM_BETA1, ADAM_BETA2},
     NULL,
     NULL},
    {"perceptron", 1, {{0}}, "lr", resolve_perceptron, scalars_sgd, {-1, -1}, "perceptron", NULL},
    {"genetic",
     0.1,
     {{"population", 64, 2, 1024, false}, {"elite", 4, 1, 1023, false}},
     "mutation, population, elite",
     resolve_genetic,
     scalars_genetic,
     {-1, -1},
     NULL,
     "mutation"},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static const char *name_at(size_t index) { return index < KINDS ? kinds[index].name : NULL; }

const char *iso_optimizer_name(const iso_optimizer *optimizer) { return optimizer->kind->name; }
const char *iso_optimizer_loss(const iso_optimizer *optimizer) { return optimizer->kind->loss; }

static isobit_status read_options(iso_optimizer *optimizer, iso_spec *spec) {
    const iso_optimizer_kind *kind = optimizer->kind;
    optimizer->lr = kind->lr;
    ISO_TRY(iso_spec_double(spec, kind->rate ? kind->rate : "lr", 0, 1e30, &optimizer->lr));
    for (size_t i = 0; i < ISO_OPTIONS && kind->options[i].name; i++) {
        const option *row = &kind->options[i];
        double *value = &optimizer->options[i];
        bool on = row->value != 0;
        *value = row->value;
        if (row->is_switch) {
            ISO_TRY(iso_spec_switch(spec, row->name, &on));
            *value = on;
        } else
            ISO_TRY(iso_spec_double(spec, row->name, row->least, row->most, value));
    }
    return iso_spec_done(spec, kind->name, 1, kind->known);
}

isobit_status iso_optimizer_parse(iso_optimizer *out, const char *text) {
    iso_optimizer optimizer = {0};
    iso_spec spec;
    ISO_TRY(iso_spec_parse(&spec, "optimizer", text));
    for (size_t i = 0; i < KINDS && spec.word_count; i++)
        if (!strcmp(kinds[i].name, spec.words[0]))
            optimizer.kind = &kinds[i];
    isobit_status status = !spec.word_count  ? iso_fail(ISOBIT_ERROR_ARGUMENT,
                                                        "no name given; for example \"sgd lr=0.1\"")
                           : !optimizer.kind ? iso_unknown_name("optimizer", spec.words[0], name_at)
                                             : read_options(&optimizer, &spec);
    iso_spec_free(&spec);
    if (status == ISOBIT_OK)
        status = optimizer.kind->resolve(&optimizer);
    if (status != ISOBIT_OK)
        return iso_fail_at(status, "optimizer");
    *out = optimizer;
    return ISOBIT_OK;
}

iso_search_plan iso_optimizer_search(const iso_optimizer *optimizer) {
    const double *options = optimizer->options;
    if (optimizer->kind->scalars != scalars_genetic)
        return (iso_search_plan){0};
    return (iso_search_plan){(size_t)options[GENETIC_POPULATION], (size_t)options[GENETIC_ELITE]};
}

/* Plain descent without weight decay: w + -(lr * 0) is w. */
bool iso_optimizer_skips_zeros(const iso_optimizer *optimizer) {
    return optimizer->states == 0 && optimizer->kind == &kinds[0] &&
           optimizer->options[SGD_DECAY] == 0;
}

static void tick(const iso_optimizer *optimizer, iso_optimizer_clock *clock) {
    for (int i = 0; i < 2; i++)
        if (optimizer->kind->beta[i] >= 0)
            clock->power[i] *= optimizer->options[optimizer->kind->beta[i]];
    clock->step++;
}

iso_optimizer_clock iso_optimizer_clock_at(const iso_optimizer *optimizer, uint64_t step) {
    iso_optimizer_clock clock = {0, {1, 1}}, before;
    while (clock.step < step) {
        before = clock;
        tick(optimizer, &clock);
        if (clock.power[0] == before.power[0] && clock.power[1] == before.power[1])
            clock.step = step; /* so small that they stay as they are */
    }
    return clock;
}

void iso_optimizer_scalars(const iso_optimizer *optimizer, iso_optimizer_clock *clock, double lr,
                           float *out) {
    double scalars[ISO_SCALARS] = {0};
    uint64_t step = clock->step;
    tick(optimizer, clock);
    optimizer->kind->scalars(optimizer->options, lr, clock->power, step, scalars);
    for (int i = 0; i < ISO_SCALARS - 1; i++)
        out[i] = (float)scalars[i];
    const uint32_t number = (uint32_t)step; /* its bits, for what is random in every step */
    memcpy(&out[ISO_SCALARS - 1], &number, sizeof number);
}
