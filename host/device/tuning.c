#include "device/tuning.h"

#include "base/hash.h"
#include "base/memory.h"
#include "base/text.h"
#include "device/cache.h"
#include "device/cache_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The file: a line with the format's version, a line per winner
 *   OP SIZE SIZE SIZE VARIANT KNOBS SOURCE     (knobs with commas; "-": none)
 * and the SHA-256 of the key and all lines before. */
static const char heading[] = "isobit tuning 1\n";

struct iso_tuning {
    iso_tuned *list;
    size_t count;
};

/* ------------------------------------------------------------------------------------- keys -- */

/* What a file's winners depend on beside their own sources. */
static isobit_status key_of(const isobit_context *context, char **out) {
    return iso_format(out, "%s | %u compute units", context->identity, context->compute_units);
}

static void hash_text(const char *first, const char *second, size_t length,
                      char hex[ISO_HEX_SIZE]) {
    unsigned char digest[ISO_HASH_SIZE];
    iso_hash hash = iso_hash_new();
    iso_hash_add(&hash, first, strlen(first) + 1);
    iso_hash_add(&hash, second, length);
    iso_hash_end(&hash, digest);
    iso_hash_hex(digest, hex);
}

/* The file's name in the cache's folder. */
static void name_of(const char *key, char out[32]) {
    char hex[ISO_HEX_SIZE];
    hash_text(heading, key, strlen(key), hex);
    snprintf(out, 32, "%.16s.tuning", hex);
}

/* A variant's text with everything that may be included in front of it. */
static void source_of(const iso_variant *variant, char out[ISO_TUNED_SOURCE]) {
    unsigned char digest[ISO_HASH_SIZE];
    char hex[ISO_HEX_SIZE];
    iso_hash hash = iso_hash_new();
    iso_hash_add(&hash, variant->text, strlen(variant->text) + 1);
    for (const iso_embedded *file = iso_embedded_files; file->name; file++) {
        const size_t length = strlen(file->name);
        if (length > 2 && !strcmp(file->name + length - 2, ".h"))
            iso_hash_add(&hash, file->text, strlen(file->text) + 1);
    }
    iso_hash_end(&hash, digest);
    iso_hash_hex(digest, hex);
    snprintf(out, ISO_TUNED_SOURCE, "%.16s", hex);
}

static unsigned class_of(size_t size) {
    unsigned bits = 0;
    while (size > (size_t)1 << bits)
        bits++;
    return bits;
}

/* ---------------------------------------------------------------------------------- the file -- */

static bool parse_line(const char *line, iso_tuned *out) {
    iso_tuned tuned = {.state = ISO_UNVERIFIED};
    char more;
    if (sscanf(line, "%63s %u %u %u %63s %191s %16s %c", tuned.op, &tuned.sizes[0], &tuned.sizes[1],
               &tuned.sizes[2], tuned.variant, tuned.knobs, tuned.source, &more) != 7)
        return false;
    if (!strcmp(tuned.knobs, "-"))
        *tuned.knobs = '\0';
    for (char *at = tuned.knobs; *at; at++)
        *at = *at == ',' ? ' ' : *at;
    *out = tuned;
    return true;
}

size_t iso_tuning_parse(const char *text, const char *key, iso_tuned **out) {
    char hex[ISO_HEX_SIZE], line[512];
    iso_tuned *list = NULL;
    size_t count = 0;
    const size_t length = strlen(text), tail = ISO_HEX_SIZE; /* its digits and a line end */
    if (length < sizeof heading - 1 + tail || strncmp(text, heading, sizeof heading - 1) != 0)
        return 0;
    const size_t body = length - tail;
    hash_text(key, text, body, hex);
    if (strncmp(text + body, hex, ISO_HEX_SIZE - 1) != 0 || text[length - 1] != '\n')
        return 0;
    const char *at = text + sizeof heading - 1;
    while (at < text + body) {
        const size_t size = strcspn(at, "\n");
        snprintf(line, sizeof line, "%.*s", (int)(size < sizeof line ? size : 0), at);
        if (iso_resize(&list, count + 1, sizeof *list) != ISOBIT_OK ||
            !parse_line(line, &list[count])) {
            free(list);
            return 0;
        }
        count++;
        at += size + 1;
    }
    *out = list;
    return count;
}

/* The winners of this device, read once. */
static struct iso_tuning *load(isobit_context *context) {
    char name[32], *key = NULL, *text = NULL;
    size_t size = 0;
    if (context->tuning || iso_alloc(&context->tuning, 1, sizeof *context->tuning) != ISOBIT_OK)
        return context->tuning;
    const int folder = iso_cache_folder(false);
    if (folder < 0)
        return context->tuning;
    if (key_of(context, &key) == ISOBIT_OK) {
        name_of(key, name);
        text = (char *)iso_cache_read_file(folder, name, &size);
        if (text && iso_resize(&text, size + 1, 1) == ISOBIT_OK) {
            text[size] = '\0';
            context->tuning->count = iso_tuning_parse(text, key, &context->tuning->list);
        }
    }
    close(folder);
    free(text);
    free(key);
    return context->tuning;
}

static bool save(isobit_context *context) {
    const struct iso_tuning *tuning = context->tuning;
    char name[32], hex[ISO_HEX_SIZE], *key = NULL, *bytes = NULL;
    iso_text text = {0};
    bool saved = false;
    const int folder = iso_cache_folder(true);
    if (folder < 0)
        return false;
    iso_text_add(&text, "%s", heading);
    for (size_t i = 0; i < tuning->count; i++) {
        const iso_tuned *tuned = &tuning->list[i];
        char knobs[ISO_TUNED_KNOBS];
        snprintf(knobs, sizeof knobs, "%s", *tuned->knobs ? tuned->knobs : "-");
        for (char *at = knobs; *at; at++)
            *at = *at == ' ' ? ',' : *at;
        iso_text_add(&text, "%s %u %u %u %s %s %s\n", tuned->op, tuned->sizes[0], tuned->sizes[1],
                     tuned->sizes[2], tuned->variant, knobs, tuned->source);
    }
    if (key_of(context, &key) == ISOBIT_OK && text.status == ISOBIT_OK) {
        name_of(key, name);
        hash_text(key, text.text, text.length, hex);
        iso_text_add(&text, "%s\n", hex);
    }
    if (key && iso_text_take(&text, &bytes) == ISOBIT_OK)
        saved = iso_cache_write_file(folder, name, (const unsigned char *)bytes, strlen(bytes));
    close(folder);
    free(text.text);
    free(bytes);
    free(key);
    return saved;
}

/* ---------------------------------------------------------------------------------- winners -- */

static iso_tuned *entry_of(struct iso_tuning *tuning, const char *op, const size_t shape[3]) {
    for (size_t i = 0; tuning && i < tuning->count; i++) {
        iso_tuned *tuned = &tuning->list[i];
        bool same = !strcmp(tuned->op, op);
        for (int dim = 0; dim < 3; dim++)
            same = same && tuned->sizes[dim] == class_of(shape[dim]);
        if (same)
            return tuned;
    }
    return NULL;
}

/* The variant that a winner means, if it is there, exact and what it was, and its knobs fit. */
static bool still_there(isobit_context *context, const iso_tuned *tuned) {
    const iso_variant *variant;
    iso_choice choice;
    char source[ISO_TUNED_SOURCE];
    if (iso_registry_find(&context->registry, tuned->op, tuned->variant, context->device_class,
                          &variant) != ISOBIT_OK ||
        variant->inexact)
        return false;
    source_of(variant, source);
    return !strcmp(source, tuned->source) &&
           iso_variant_choose(variant, context->device_class, tuned->knobs, NULL, &choice) ==
               ISOBIT_OK;
}

const iso_tuned *iso_tuning_find(isobit_context *context, const char *op, const size_t shape[3],
                                 iso_tuned_check check) {
    iso_tuned *tuned = entry_of(load(context), op, shape);
    if (!tuned)
        return NULL;
    /* The same choice for another shape has been looked at already. */
    for (size_t i = 0; i < context->tuning->count && tuned->state == ISO_UNVERIFIED; i++) {
        const iso_tuned *other = &context->tuning->list[i];
        if (!strcmp(other->op, op) && !strcmp(other->variant, tuned->variant) &&
            !strcmp(other->knobs, tuned->knobs) && !strcmp(other->source, tuned->source))
            tuned->state = other->state;
    }
    if (tuned->state == ISO_UNVERIFIED)
        tuned->state =
            still_there(context, tuned) && check(context, tuned) ? ISO_VERIFIED : ISO_REJECTED;
    return tuned->state == ISO_VERIFIED ? tuned : NULL;
}

bool iso_tuning_put(isobit_context *context, const char *op, const size_t shape[3],
                    const char *variant, const char *knobs) {
    struct iso_tuning *tuning = load(context);
    iso_tuned *tuned = entry_of(tuning, op, shape);
    const iso_variant *found;
    if (!tuning)
        return false;
    if (!variant) {
        if (tuned)
            *tuned = tuning->list[--tuning->count];
        return !tuned || save(context);
    }
    if (strlen(op) >= ISO_TUNED_NAME || strlen(variant) >= ISO_TUNED_NAME ||
        strlen(knobs) >= ISO_TUNED_KNOBS ||
        iso_registry_find(&context->registry, op, variant, NULL, &found) != ISOBIT_OK)
        return false;
    if (!tuned) {
        if (iso_resize(&tuning->list, tuning->count + 1, sizeof *tuning->list) != ISOBIT_OK)
            return false;
        tuned = &tuning->list[tuning->count++];
    }
    *tuned = (iso_tuned){.state = ISO_UNVERIFIED};
    for (int dim = 0; dim < 3; dim++)
        tuned->sizes[dim] = class_of(shape[dim]);
    strcpy(tuned->op, op);
    strcpy(tuned->variant, variant);
    strcpy(tuned->knobs, knobs);
    source_of(found, tuned->source);
    return save(context);
}

void iso_tuning_free(isobit_context *context) {
    if (context->tuning)
        free(context->tuning->list);
    free(context->tuning);
    context->tuning = NULL;
}
