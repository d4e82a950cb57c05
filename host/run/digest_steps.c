/* Which steps to write digests of. */
#include "run/digests.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static isobit_status parse_range(iso_step_ranges *ranges, char *range) {
    size_t from, to;
    char *dash = strchr(range, '-');
    if (ranges->count == ISO_STEP_RANGES)
        return iso_fail(ISOBIT_ERROR_ARGUMENT, "more than %d ranges", ISO_STEP_RANGES);
    if (dash)
        *dash = '\0';
    ISO_TRY(iso_parse_size(range, "a step", 1, SIZE_MAX, &from));
    to = from;
    if (dash)
        ISO_TRY(iso_parse_size(dash + 1, "a step", from, SIZE_MAX, &to));
    ranges->from[ranges->count] = from;
    ranges->to[ranges->count++] = to;
    return ISOBIT_OK;
}

isobit_status iso_step_ranges_parse(iso_step_ranges *out, const char *text) {
    iso_step_ranges ranges = {0};
    char *copy, *rest, *range;
    isobit_status status = ISOBIT_OK;
    if (!strcmp(text, "all")) {
        *out = (iso_step_ranges){.from = {1}, .to = {UINT64_MAX}, .count = 1};
        return ISOBIT_OK;
    }
    ISO_TRY(iso_copy(&copy, text));
    for (range = strtok_r(copy, ", ", &rest); range && status == ISOBIT_OK;
         range = strtok_r(NULL, ", ", &rest))
        status = parse_range(&ranges, range);
    free(copy);
    if (status == ISOBIT_OK && !ranges.count)
        status = iso_fail(ISOBIT_ERROR_ARGUMENT, "no step given");
    if (status != ISOBIT_OK)
        return iso_fail_at(status, "digest-steps: \"%s\" is not like \"1-3,10\" or \"all\"", text);
    *out = ranges;
    return ISOBIT_OK;
}

bool iso_step_ranges_have(const iso_step_ranges *ranges, uint64_t step) {
    for (size_t i = 0; i < ranges->count; i++)
        if (ranges->from[i] <= step && step <= ranges->to[i])
            return true;
    return false;
}
