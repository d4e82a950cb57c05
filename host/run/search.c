/* A plain genetic algorithm (Holland, 1975; on weights, Montana and Davis, 1989): the best live on,
 * the others are children of two parents that won a tournament, each weight from one of them and
 * changed a little. The contract's rule 7 writes it down. */
#include "run/search.h"

#include "base/memory.h"
#include "base/numerics.h"
#include "base/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static float *individual(float *of, const iso_search *search, size_t index) {
    return of + index * search->floats;
}

void iso_search_begin(iso_search *search, const float *first, double rate) {
    iso_random random = iso_random_new(search->seed, ISO_RANDOM_SEARCH, 0);
    memcpy(search->individuals, first, search->floats * sizeof *first);
    for (size_t i = 1; i < search->plan.population; i++) {
        float *to = individual(search->individuals, search, i);
        for (size_t k = 0; k < search->floats; k++)
            to[k] = iso_flush(fmaf((float)rate, iso_random_normal(&random), first[k]));
    }
}

static isobit_status make_room(iso_search *search, size_t batch) {
    const size_t count = search->plan.population;
    ISO_TRY(iso_alloc(&search->individuals, count * search->floats, sizeof(float)));
    ISO_TRY(iso_alloc(&search->next, count * search->floats, sizeof(float)));
    ISO_TRY(iso_alloc(&search->losses, count * batch, sizeof(float)));
    ISO_TRY(iso_alloc(&search->correct, count * batch, sizeof(uint32_t)));
    ISO_TRY(iso_alloc(&search->fitness, count, sizeof(float)));
    return iso_alloc(&search->rank, count, sizeof(uint32_t));
}

isobit_status iso_search_new(iso_search **out, iso_engine *engine, const iso_loss *loss,
                             iso_feed *feed, iso_search_plan plan, uint64_t seed,
                             const float *first, double rate, size_t batch, size_t rest) {
    iso_search *search;
    isobit_status status;
    ISO_TRY(iso_alloc(&search, 1, sizeof *search));
    search->engine = engine;
    search->feed = feed;
    search->plan = plan;
    search->seed = seed;
    search->floats = engine->network->floats;
    ISO_DO(iso_population_new(&search->population, engine->context, engine->network, loss, feed,
                              plan.population, batch, rest));
    if (!engine->context->ledger) { /* only the device's memory is counted */
        ISO_DO(make_room(search, batch));
        iso_search_begin(search, first, rate);
    }
    *out = search;
    return ISOBIT_OK;
done:
    iso_search_free(search);
    return status;
}

void iso_search_free(iso_search *search) {
    if (!search)
        return;
    if (search->population.network)
        iso_population_free(&search->population);
    free(search->individuals);
    free(search->next);
    free(search->losses);
    free(search->correct);
    free(search->fitness);
    free(search->rank);
    free(search);
}

/* ---------------------------------------------------------------------------------- judging -- */

/* The mean loss over a batch, by the contract's rules 4 and 5. */
static float mean_loss(const float *losses, size_t samples) {
    float total = 0;
    for (size_t begin = 0; begin < samples; begin += ISO_CHUNK) {
        const size_t end = begin + ISO_CHUNK < samples ? begin + ISO_CHUNK : samples;
        float sum = 0;
        for (size_t i = begin; i < end; i++)
            sum = sum + losses[i];
        total = begin ? total + sum : sum;
    }
    return iso_divide(total, (float)samples);
}

/* Whether individual a is better than b: a smaller loss, or as small and before it. What is not
 * finite is worst. */
static bool better(const iso_search *search, uint32_t a, uint32_t b) {
    const float x = search->fitness[a], y = search->fitness[b];
    const bool fine = isfinite(x), other = isfinite(y);
    if (fine != other || !fine)
        return fine != other ? fine : a < b;
    return x != y ? x < y : a < b;
}

/* By insertion: the elite of the generation before stands in front already. */
static void rank_all(iso_search *search) {
    for (size_t i = 0; i < search->plan.population; i++) {
        size_t place = i;
        for (; place > 0 && better(search, (uint32_t)i, search->rank[place - 1]); place--)
            search->rank[place] = search->rank[place - 1];
        search->rank[place] = (uint32_t)i;
    }
}

/* --------------------------------------------------------------------------------- breeding -- */

/* The better of two drawn at random. */
static const float *parent(const iso_search *search, iso_random *random) {
    const uint32_t a = iso_random_below(random, search->plan.population);
    const uint32_t b = iso_random_below(random, search->plan.population);
    return search->individuals + search->rank[a < b ? a : b] * search->floats;
}

static void breed(iso_search *search, uint64_t generation, float rate) {
    iso_random random = iso_random_new(search->seed, ISO_RANDOM_SEARCH, (uint32_t)(generation + 1));
    for (size_t i = 0; i < search->plan.population; i++) {
        float *child = individual(search->next, search, i);
        if (i < search->plan.elite) {
            memcpy(child, individual(search->individuals, search, search->rank[i]),
                   search->floats * sizeof *child);
            continue;
        }
        const float *one = parent(search, &random), *two = parent(search, &random);
        for (size_t k = 0; k < search->floats; k++) {
            const float from = iso_random_draw(&random) >> 31 ? two[k] : one[k];
            child[k] = iso_flush(fmaf(rate, iso_random_normal(&random), from));
        }
    }
    float *done = search->individuals;
    search->individuals = search->next;
    search->next = done;
}

isobit_status iso_search_step(iso_search *search, const uint32_t *order, size_t at, size_t samples,
                              uint64_t generation, float rate) {
    iso_feed *feed = search->feed;
    ISO_TRY(iso_population_run(&search->population, search->individuals, order + at, samples,
                               search->losses, search->correct));
    for (size_t i = 0; i < search->plan.population; i++)
        search->fitness[i] = mean_loss(search->losses + i * samples, samples);
    rank_all(search);
    const size_t best = search->rank[0];
    if (!isfinite(search->fitness[best]))
        return iso_fail(ISOBIT_ERROR_DIVERGED,
                        "search diverged: no individual had a finite loss in generation %llu; try "
                        "a smaller mutation, or --scale standard",
                        (unsigned long long)generation + 1);
    ISO_TRY(iso_buffer_write(feed->context, feed->losses, at * sizeof(float),
                             search->losses + best * samples, samples * sizeof(float)));
    ISO_TRY(iso_buffer_write(feed->context, feed->correct, at * sizeof(uint32_t),
                             search->correct + best * samples, samples * sizeof(uint32_t)));
    ISO_TRY(iso_engine_write(search->engine, ISO_PARAMETERS,
                             individual(search->individuals, search, best)));
    breed(search, generation, rate);
    return ISOBIT_OK;
}
