#include "bench/tune.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"
#include "bench/verify.h"
#include "device/tuning.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --------------------------------------------------------------------------------- problems -- */

static const iso_subject_kind *kind_of(const char *op) {
    const iso_subject_kind *kind;
    for (size_t i = 0; (kind = iso_subject_kind_at(i)); i++)
        if (kind->work == ISO_PRODUCT && !strcmp(kind->op, op))
            return kind;
    return NULL;
}

isobit_status iso_tune_problem(iso_tuning_problem *out, const char *op, const char *shape) {
    static const char *const known[] = {"gemm_nt", "gemm_nn", "gemm_tn", NULL};
    iso_tuning_problem problem = {.kind = kind_of(op)};
    if (!problem.kind)
        return iso_unknown_in("operation", op, known);
    ISO_TRY(iso_sizes_parse(problem.shape, shape, problem.kind));
    *out = problem;
    return ISOBIT_OK;
}

isobit_status iso_tune_problems(iso_tuning_problem **problems, size_t *count,
                                const iso_list *list) {
    for (size_t i = 0; i < list->count; i++) {
        const iso_launch *launch = &list->launches[i];
        const iso_subject_kind *kind = launch->shape[0] ? kind_of(launch->variant->op) : NULL;
        bool known = !kind;
        for (size_t j = 0; j < *count && !known; j++)
            known = (*problems)[j].kind == kind &&
                    !memcmp((*problems)[j].shape, launch->shape, sizeof launch->shape);
        if (known)
            continue;
        ISO_TRY(iso_resize(problems, *count + 1, sizeof **problems));
        iso_tuning_problem *problem = &(*problems)[(*count)++];
        *problem = (iso_tuning_problem){.kind = kind};
        memcpy(problem->shape, launch->shape, sizeof launch->shape);
    }
    return ISOBIT_OK;
}

/* ------------------------------------------------------------------------------- candidates -- */

/* Whether the device can run work-groups of that size; more than 256 is asked of nobody. */
static bool fits(const isobit_context *context, const iso_variant *variant,
                 const iso_choice *choice) {
    const size_t most = context->largest_group < 256 ? context->largest_group : 256;
    size_t local[2];
    return iso_variant_local(variant, choice, local) == ISOBIT_OK && local[0] <= most &&
           local[1] <= most / local[0];
}

/* The knobs of combination `number`, the first knob running fastest; false: beyond the last. */
static bool combination(const iso_variant *variant, size_t number, char *text, size_t room) {
    size_t used = 0;
    *text = '\0';
    for (size_t i = 0; i < variant->knob_count; i++) {
        const iso_knob *knob = &variant->knobs[i];
        used += (size_t)snprintf(text + used, room - used, "%s%s=%ld", i ? " " : "", knob->name,
                                 knob->values[number % knob->count]);
        if (used >= room)
            return false;
        number /= knob->count;
    }
    return !number;
}

/* Every combination of every exact variant that its own //@ require and the device allow. The
 * default comes first, and is not there twice. */
static isobit_status make_candidates(iso_runners *out, isobit_context *context,
                                     const iso_subject_kind *kind, const size_t *shape) {
    enum { MOST = 100000 };
    const iso_extent extent = {shape[1], shape[0], shape[2]};
    const iso_variant *usual;
    iso_choice usual_choice, choice;
    char knobs[ISO_TUNED_KNOBS];
    ISO_TRY(iso_registry_find(&context->registry, kind->op, NULL, context->target.device_class,
                              &usual));
    ISO_TRY(iso_variant_choose(usual, &context->target, NULL, &extent, &usual_choice));
    ISO_TRY(iso_runners_add(out, usual, NULL));
    for (size_t i = 0; i < context->registry.count; i++) {
        const iso_variant *variant = &context->registry.variants[i];
        if (strcmp(variant->op, kind->op) != 0 || variant->inexact)
            continue;
        for (size_t number = 0; number < MOST; number++) {
            if (!combination(variant, number, knobs, sizeof knobs))
                break;
            if (iso_variant_choose(variant, &context->target, knobs, NULL, &choice) != ISOBIT_OK ||
                !fits(context, variant, &choice))
                continue;
            if (variant != usual || memcmp(choice.knobs, usual_choice.knobs,
                                           variant->knob_count * sizeof *choice.knobs) != 0)
                ISO_TRY(iso_runners_add(out, variant, knobs));
        }
    }
    return ISOBIT_OK;
}

static void swap(iso_runners *runners, size_t a, size_t b) {
    const iso_runner kept = runners->list[a];
    runners->list[a] = runners->list[b];
    runners->list[b] = kept;
}

/* Give up all but the first `count`. */
static void drop(iso_runners *runners, size_t count) {
    for (; runners->count > count; runners->count--) {
        iso_runner *runner = &runners->list[runners->count - 1];
        iso_runner_unbind(runner);
        free(runner->knobs);
        free(runner->seconds);
    }
}

/* The default first, then one of each variant in turn, each variant's in random order: so that time
 * running out, or a sample, takes from all, however many knobs one of them has. */
static isobit_status shuffle(iso_runners *runners, size_t most) {
    iso_random random = iso_random_new(1, ISO_RANDOM_SEARCH, 0);
    iso_runner *ordered;
    size_t *turns, placed = 0; /* how many of the same variant come before */
    ISO_TRY(iso_alloc(&ordered, runners->count, sizeof *ordered));
    isobit_status status = iso_alloc(&turns, runners->count, sizeof *turns);
    if (status != ISOBIT_OK) {
        free(ordered);
        return status;
    }
    for (size_t i = runners->count - 1; i > 1; i--)
        swap(runners, i, 1 + iso_random_below(&random, i));
    for (size_t i = 0; i < runners->count; i++)
        for (size_t before = 0; before < i; before++)
            turns[i] += runners->list[before].variant == runners->list[i].variant;
    for (size_t turn = 0; placed < runners->count; turn++)
        for (size_t i = 0; i < runners->count; i++)
            if (turns[i] == turn)
                ordered[placed++] = runners->list[i];
    free(turns);
    free(runners->list);
    runners->list = ordered;
    if (runners->count > most)
        drop(runners, most);
    return ISOBIT_OK;
}

/* -------------------------------------------------------------------------------- searching -- */

/* One search: what it may still use. */
typedef struct search {
    isobit_context *context;
    const iso_tune_options *options;
    iso_tuning_problem *problem;
    iso_subject *subject;
    size_t number;
    double deadline, last; /* of this problem, of all */
} search;

static bool interrupted(const search *s) {
    return s->options->stop && s->options->stop(s->options->user);
}
static bool over(void *user) {
    const search *s = user;
    return iso_now() > s->deadline || interrupted(s);
}

static void tell(const search *s) {
    if (s->options->tell)
        s->options->tell(s->options->user, s->number, s->problem, s->last - iso_now());
}

static double median_of(const iso_runner *runner) {
    iso_estimate estimate;
    if (!iso_runner_good(runner) || !runner->rounds ||
        iso_estimate_of(&estimate, runner->seconds, runner->rounds) != ISOBIT_OK)
        return 1e300;
    return estimate.median;
}

/* Verify a candidate beside the default, and take a first short sample of it. */
static isobit_status try_candidate(search *s, iso_runners *runners, size_t index) {
    iso_measure measure = ISO_MEASURE_DEFAULT;
    iso_runner pair[2] = {runners->list[0], runners->list[index]};
    iso_runners both = {pair, index ? 2 : 1}, one = {&pair[index ? 1 : 0], 1};
    measure.rounds = 1;
    measure.sample = 5e-4;
    pair[0].verdict = pair[1].verdict = ISO_UNKNOWN;
    isobit_status status =
        iso_verify(&both, s->context, s->problem->kind, "31x45x257 2x3x5 17x10x784 130x65x64");
    if (status == ISOBIT_OK)
        status = iso_measure_run(&one, s->subject, &measure);
    iso_runner_unbind(one.list);
    runners->list[index] = *one.list;
    s->problem->tried++;
    s->problem->wrong += one.list->verdict == ISO_WRONG;
    return status;
}

/* The faster half of the others goes on beside the default, with twice the rounds, until few are
 * left. */
static isobit_status halve(search *s, iso_runners *runners) {
    enum { FINALISTS = 4 };
    iso_measure measure = ISO_MEASURE_DEFAULT;
    measure.stop = over;
    measure.user = s;
    measure.sample = 1e-3;
    for (measure.rounds = 2;; measure.rounds *= 2) {
        for (size_t i = 1; i + 1 < runners->count; i++) /* selection sort: they are few */
            for (size_t j = i + 1; j < runners->count; j++)
                if (median_of(&runners->list[j]) < median_of(&runners->list[i]))
                    swap(runners, i, j);
        size_t good = 1;
        while (good < runners->count && iso_runner_good(&runners->list[good]) &&
               runners->list[good].rounds)
            good++;
        const size_t half = good / 2 + 1;
        drop(runners, half > FINALISTS ? half : good < FINALISTS ? good : FINALISTS);
        if (runners->count <= FINALISTS || over(s))
            return ISOBIT_OK;
        tell(s);
        ISO_TRY(iso_measure_run(runners, s->subject, &measure));
    }
}

/* The finalists against the default, interleaved; the winner must be told from it to be kept. */
static isobit_status decide(search *s, iso_runners *runners) {
    iso_measure measure = ISO_MEASURE_DEFAULT;
    iso_tuning_problem *problem = s->problem;
    size_t best = 0;
    iso_estimate gain = {1, 1, 1};
    const double worth = 1.01; /* less than a hundredth is not worth a change */
    ISO_TRY(iso_measure_run(runners, s->subject, &measure));
    for (size_t i = 1; i < runners->count; i++)
        if (median_of(&runners->list[i]) < median_of(&runners->list[best]))
            best = i;
    const iso_runner *usual = &runners->list[0], *winner = &runners->list[best];
    if (best && usual->rounds && winner->rounds)
        ISO_TRY(
            iso_estimate_ratio(&gain, usual->seconds, winner->seconds,
                               usual->rounds < winner->rounds ? usual->rounds : winner->rounds));
    problem->kept = best && (gain.low > worth || !iso_runner_good(usual));
    problem->gain = gain;
    problem->rate = s->subject->flops / median_of(problem->kept ? winner : usual);
    snprintf(problem->usual, sizeof problem->usual, "%s", usual->name);
    snprintf(problem->winner, sizeof problem->winner, "%s",
             problem->kept ? winner->name : usual->name);
    ISO_TRY(iso_tuning_put(s->context, problem->kind->op, problem->shape,
                           problem->kept ? winner->variant->name : NULL, winner->knobs));
    problem->done = true;
    return ISOBIT_OK;
}

static isobit_status solve(search *s) {
    enum { QUICK = 48, THOROUGH = 2000 };
    iso_runners runners = {0};
    isobit_status status;
    ISO_DO(iso_subject_new(&s->subject, s->context, s->problem->kind, s->problem->shape, false));
    ISO_DO(make_candidates(&runners, s->context, s->problem->kind, s->problem->shape));
    ISO_DO(shuffle(&runners, s->options->thorough ? THOROUGH : QUICK));
    s->problem->candidates = runners.count;
    /* Half of the time is for looking at candidates, the rest for telling the good ones apart. */
    const double begin = iso_now(), half = begin + (s->deadline - begin) / 2;
    for (size_t i = 0; i < runners.count && (i < 2 || iso_now() < half) && !interrupted(s); i++) {
        ISO_DO(try_candidate(s, &runners, i));
        tell(s);
    }
    if (!runners.list[0].rounds) /* interrupted, or the default is broken: nothing to compare */
        goto done;
    ISO_DO(halve(s, &runners));
    if (runners.count > 1 || s->problem->tried == s->problem->candidates)
        ISO_DO(decide(s, &runners));
done:
    iso_runners_free(&runners);
    iso_subject_free(s->subject);
    s->subject = NULL;
    return status;
}

isobit_status iso_tune_run(isobit_context *context, iso_tuning_problem *problems, size_t count,
                           const iso_tune_options *options) {
    const double last = iso_now() + options->seconds;
    for (size_t i = 0; i < count; i++) {
        const double left = last - iso_now();
        search s = {.context = context,
                    .options = options,
                    .problem = &problems[i],
                    .number = i,
                    .last = last,
                    .deadline = iso_now() + left / (double)(count - i)};
        if (left <= 0 || interrupted(&s))
            break;
        ISO_TRY(solve(&s));
    }
    return ISOBIT_OK;
}
