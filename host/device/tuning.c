#include "device/tuning.h"

#include "base/hash.h"
#include "base/memory.h"
#include "base/text.h"
#include "device/cache.h"
#include "device/cache_folder.h"

#include <errno.h>
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
    return iso_format(out, "%s | %u compute units", context->identity,
                      context->target.compute_units);
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
            iso_hash_add(&hash, file->sha256, strlen(file->sha256));
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
    iso_replace(tuned.knobs, ',', ' ');
    *out = tuned;
    return true;
}

static bool is_whole(const char *text, size_t length, const char *key) {
    char hex[ISO_HEX_SIZE];
    const size_t tail = ISO_HEX_SIZE; /* its digits and a line end */
    if (length < sizeof heading - 1 + tail || strncmp(text, heading, sizeof heading - 1) != 0)
        return false;
    hash_text(key, text, length - tail, hex);
    return !strncmp(text + length - tail, hex, ISO_HEX_SIZE - 1) && text[length - 1] == '\n';
}

isobit_status iso_tuning_parse(const char *text, const char *key, iso_tuned **out, size_t *count) {
    char line[512];
    iso_tuned *list = NULL;
    const size_t length = strlen(text);
    *out = NULL;
    *count = 0;
    if (!is_whole(text, length, key))
        return ISOBIT_OK;
    const char *at = text + sizeof heading - 1, *end = text + length - ISO_HEX_SIZE;
    size_t lines = 0;
    for (; at < end; lines++) {
        const size_t size = strcspn(at, "\n");
        snprintf(line, sizeof line, "%.*s", (int)(size < sizeof line ? size : 0), at);
        isobit_status status = iso_resize(&list, lines + 1, sizeof *list);
        if (status != ISOBIT_OK || !parse_line(line, &list[lines])) {
            free(list);
            return status;
        }
        at += size + 1;
    }
    *out = list;
    *count = lines;
    return ISOBIT_OK;
}

static isobit_status read_winners(struct iso_tuning *tuning, const isobit_context *context,
                                  int folder) {
    char name[32], *key = NULL, *text = NULL;
    size_t size = 0;
    isobit_status status;
    ISO_DO(key_of(context, &key));
    name_of(key, name);
    text = (char *)iso_cache_read_file(folder, name, &size);
    if (!text && size)
        ISO_DO(ISOBIT_ERROR_MEMORY); /* as iso_error says */
    if (text) {
        ISO_DO(iso_resize(&text, size + 1, 1));
        text[size] = '\0';
        ISO_DO(iso_tuning_parse(text, key, &tuning->list, &tuning->count));
    }
done:
    free(text);
    free(key);
    return status;
}

static isobit_status open_folder(bool make, int *folder) {
    *folder = iso_cache_folder(make);
    return *folder < 0 && errno == ENOMEM
               ? iso_fail(ISOBIT_ERROR_MEMORY, "no memory to open the cache folder")
               : ISOBIT_OK;
}

/* The winners of this device, read once. */
static isobit_status load(isobit_context *context) {
    struct iso_tuning *tuning;
    int folder;
    if (context->tuning)
        return ISOBIT_OK;
    ISO_TRY(iso_alloc(&tuning, 1, sizeof *tuning));
    isobit_status status = open_folder(false, &folder);
    if (folder >= 0) {
        status = read_winners(tuning, context, folder);
        close(folder);
    }
    if (status == ISOBIT_OK)
        context->tuning = tuning;
    else
        free(tuning);
    return status;
}

/* The file's bytes. */
static isobit_status compose(const struct iso_tuning *tuning, const char *key, char **out) {
    char hex[ISO_HEX_SIZE];
    iso_text text = {0};
    iso_text_add(&text, "%s", heading);
    for (size_t i = 0; i < tuning->count; i++) {
        const iso_tuned *tuned = &tuning->list[i];
        char knobs[ISO_TUNED_KNOBS];
        snprintf(knobs, sizeof knobs, "%s", *tuned->knobs ? tuned->knobs : "-");
        iso_replace(knobs, ' ', ',');
        iso_text_add(&text, "%s %u %u %u %s %s %s\n", tuned->op, tuned->sizes[0], tuned->sizes[1],
                     tuned->sizes[2], tuned->variant, knobs, tuned->source);
    }
    if (text.status == ISOBIT_OK) {
        hash_text(key, text.text, text.length, hex);
        iso_text_add(&text, "%s\n", hex);
    }
    return iso_text_take(&text, out);
}

static isobit_status save(const isobit_context *context) {
    char name[32], *key = NULL, *bytes = NULL;
    isobit_status status;
    int folder;
    ISO_TRY(open_folder(true, &folder));
    if (folder < 0)
        return iso_fail(ISOBIT_ERROR_FILE, "the tuner's results cannot be kept: there is no cache "
                                           "folder that can be written (see ISOBIT_CACHE)");
    ISO_DO(key_of(context, &key));
    ISO_DO(compose(context->tuning, key, &bytes));
    name_of(key, name);
    if (!iso_cache_write_file(folder, name, (const unsigned char *)bytes, strlen(bytes)))
        status =
            iso_fail(ISOBIT_ERROR_FILE,
                     "the tuner's results cannot be kept in the cache folder: %s (ISOBIT_CACHE "
                     "in the environment names another folder)",
                     strerror(errno));
done:
    close(folder);
    free(bytes);
    free(key);
    return status;
}

/* ---------------------------------------------------------------------------------- winners -- */

static iso_tuned *entry_of(struct iso_tuning *tuning, const char *op, const size_t shape[3]) {
    for (size_t i = 0; i < tuning->count; i++) {
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
    if (iso_registry_find(&context->registry, tuned->op, tuned->variant,
                          context->target.device_class, &variant) != ISOBIT_OK ||
        variant->inexact)
        return false;
    source_of(variant, source);
    return !strcmp(source, tuned->source) &&
           iso_variant_choose(variant, &context->target, tuned->knobs, NULL, &choice) == ISOBIT_OK;
}

const iso_tuned *iso_tuning_find(isobit_context *context, const char *op, const size_t shape[3],
                                 iso_tuned_check check) {
    iso_tuned *tuned = load(context) == ISOBIT_OK ? entry_of(context->tuning, op, shape) : NULL;
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

isobit_status iso_tuning_put(isobit_context *context, const char *op, const size_t shape[3],
                             const char *variant, const char *knobs) {
    const iso_variant *found;
    ISO_TRY(load(context));
    struct iso_tuning *tuning = context->tuning;
    iso_tuned *tuned = entry_of(tuning, op, shape);
    if (!variant) {
        if (tuned)
            *tuned = tuning->list[--tuning->count];
        return tuned ? save(context) : ISOBIT_OK;
    }
    ISO_TRY(iso_registry_find(&context->registry, op, variant, NULL, &found));
    if (strlen(op) >= ISO_TUNED_NAME || strlen(variant) >= ISO_TUNED_NAME ||
        strlen(knobs) >= ISO_TUNED_KNOBS)
        return iso_fail(ISOBIT_ERROR_ARGUMENT,
                        "variant \"%s\" of %s cannot be kept by the tuner: its name or its knobs, "
                        "\"%s\", are too long",
                        variant, op, knobs);
    if (!tuned) {
        ISO_TRY(iso_resize(&tuning->list, tuning->count + 1, sizeof *tuning->list));
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
