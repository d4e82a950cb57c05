#include "data/split.h"

#include "base/memory.h"
#include "base/random.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

typedef struct shares {
    double value[ISOBIT_PARTS], sum; /* by part; 0: the part takes nothing */
} shares;

static isobit_status parse_shares(shares *out, const isobit_data *data, const char *text) {
    double value[ISOBIT_PARTS] = {0};
    size_t count = 0, cells = 0;
    bool tested = data->begin[ISOBIT_TEST] < data->begin[ISOBIT_PARTS];
    char *copy, *save = NULL;
    isobit_status status = ISOBIT_OK;
    ISO_TRY(iso_copy(&copy, text));
    for (char *word = strtok_r(copy, "/", &save); word && status == ISOBIT_OK;
         word = strtok_r(NULL, "/", &save))
        if (++cells <= ISOBIT_PARTS)
            status = iso_parse_double(word, "split", 1e-6, 1e9, &value[count++]);
    free(copy);
    ISO_TRY(status);
    if (cells != 2 && cells != 3)
        return iso_fail(ISOBIT_ERROR_ARGUMENT,
                        "split: \"%s\" has %zu parts; it is written 80/20 (train/test) or 70/15/15 "
                        "(train/validation/test)",
                        text, cells);
    if (cells == 3 && tested)
        return iso_fail(ISOBIT_ERROR_ARGUMENT,
                        "split: %s has a test part of its own, so \"%s\" is one part too many; two "
                        "parts are train/validation here",
                        data->source, text);
    *out = (shares){.sum = value[0] + value[1] + value[2]};
    out->value[ISOBIT_TRAIN] = value[0];
    out->value[cells == 3 || tested ? ISOBIT_VALIDATION : ISOBIT_TEST] = value[1];
    if (cells == 3)
        out->value[ISOBIT_TEST] = value[2];
    return ISOBIT_OK;
}

/* Samples of `count` that part `part` and those before it take. */
static size_t cut(const shares *wanted, size_t count, isobit_part part) {
    double upto = 0;
    for (isobit_part p = ISOBIT_TRAIN; p <= part; p++)
        upto += wanted->value[p];
    size_t place = (size_t)((double)count * upto / wanted->sum + 0.5);
    return place < count ? place : count;
}

/* Shuffle items and note for each which part it falls into. */
static void deal(uint8_t *part_of, uint32_t *items, size_t count, const shares *wanted,
                 uint64_t seed, uint32_t which) {
    iso_random random = iso_random_new(seed, ISO_RANDOM_SPLIT, which);
    iso_random_shuffle(&random, items, count);
    size_t i = 0;
    for (isobit_part part = ISOBIT_TRAIN; part < ISOBIT_PARTS; part++)
        for (size_t end = cut(wanted, count, part); i < end; i++)
            part_of[items[i]] = (uint8_t)part;
}

/* Deal the classes one by one; `items` keeps its order. */
static isobit_status deal_classes(uint8_t *part_of, const uint32_t *items, size_t count,
                                  const isobit_data *data, const shares *wanted, uint64_t seed) {
    size_t *begin = NULL;
    uint32_t *sorted = NULL;
    isobit_status status = ISOBIT_OK;
    ISO_DO(iso_alloc(&begin, data->classes + 2, sizeof *begin));
    ISO_DO(iso_alloc(&sorted, count, sizeof *sorted));
    for (size_t i = 0; i < count; i++)
        begin[data->labels[items[i]] + 2]++;
    for (size_t class = 2; class < data->classes + 2; class ++)
        begin[class] += begin[class - 1];
    for (size_t i = 0; i < count; i++)
        sorted[begin[data->labels[items[i]] + 1]++] = items[i];
    for (size_t class = 0; class < data->classes; class ++)
        deal(part_of, sorted + begin[class], begin[class + 1] - begin[class], wanted, seed,
             (uint32_t) class);
done:
    free(begin);
    free(sorted);
    return status;
}

static isobit_status check_parts(const shares *wanted, const size_t *count, const char *text,
                                 const isobit_data *data) {
    static const char *const names[ISOBIT_PARTS] = {"training", "validation", "test"};
    for (size_t part = 0; part < ISOBIT_PARTS; part++)
        if (wanted->value[part] > 0 && !count[part])
            return iso_fail(ISOBIT_ERROR_ARGUMENT,
                            "split: \"%s\" of the %zu samples of %s leaves no %s sample", text,
                            data->begin[ISOBIT_VALIDATION], data->source, names[part]);
    return ISOBIT_OK;
}

isobit_status iso_split(isobit_data *data, const char *text, bool stratify, uint64_t seed) {
    shares wanted = {0};
    uint8_t *part_of = NULL;
    uint32_t *items = NULL;
    size_t count = data->begin[ISOBIT_VALIDATION], sizes[ISOBIT_PARTS] = {0}, used = 0;
    isobit_status status;
    if (!*text)
        return ISOBIT_OK;
    if (stratify && !data->classes)
        return iso_fail(ISOBIT_ERROR_ARGUMENT,
                        "stratify: %s has no classes; only they can be stratified", data->source);
    ISO_TRY(parse_shares(&wanted, data, text));
    ISO_DO(iso_alloc(&part_of, data->samples, sizeof *part_of));
    ISO_DO(iso_alloc(&items, count, sizeof *items));
    memcpy(items, data->order, count * sizeof *items);
    if (stratify)
        ISO_DO(deal_classes(part_of, items, count, data, &wanted, seed));
    else
        deal(part_of, items, count, &wanted, seed, 0);
    for (size_t i = 0; i < count; i++)
        sizes[part_of[items[i]]]++;
    ISO_DO(check_parts(&wanted, sizes, text, data));
    for (size_t part = 0; part < ISOBIT_PARTS; part++) {
        data->begin[part] = used;
        for (size_t i = 0; i < count; i++)
            if (part_of[items[i]] == part)
                data->order[used++] = items[i];
    }
done:
    free(part_of);
    free(items);
    return status;
}
