#include "device/registry.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

const iso_embedded *iso_embedded_file(const char *name) {
    for (const iso_embedded *file = iso_embedded_files; file->name; file++)
        if (!strcmp(file->name, name))
            return file;
    return NULL;
}

static bool ends_with(const char *text, const char *end) {
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && !strcmp(text + length - tail, end);
}

/* @param embedded the file, where it is one of ours */
static isobit_status add(iso_registry *registry, const char *file, const char *text,
                         const iso_embedded *embedded) {
    iso_variant variant;
    ISO_TRY(iso_variant_parse(&variant, file, text));
    variant.embedded = embedded;
    isobit_status status = iso_variant_check(&variant);
    for (size_t i = 0; i < registry->count && status == ISOBIT_OK; i++)
        if (!strcmp(registry->variants[i].op, variant.op) &&
            !strcmp(registry->variants[i].name, variant.name))
            status = iso_fail(ISOBIT_ERROR_KERNEL, "%s: %s already has a variant \"%s\", in %s",
                              file, variant.op, variant.name, registry->variants[i].file);
    if (status == ISOBIT_OK)
        status = iso_resize(&registry->variants, registry->count + 1, sizeof variant);
    if (status == ISOBIT_OK)
        registry->variants[registry->count++] = variant;
    else
        iso_variant_free(&variant);
    return status;
}

/* One file of the user's folder. */
static isobit_status add_file(iso_registry *registry, const char *folder, const char *name) {
    enum { MOST = 1 << 20 };
    char *path = NULL, *text = NULL;
    size_t length;
    isobit_status status;
    ISO_DO(iso_format(&path, "%s/%s", folder, name));
    ISO_DO(iso_file_read(path, MOST, &text, &length));
    if (strlen(text) != length)
        status = iso_fail(ISOBIT_ERROR_KERNEL, "%s: byte %zu: a NUL in a kernel file", path,
                          strlen(text));
    else
        status = add(registry, path, text, NULL);
done:
    free(text);
    free(path);
    return status;
}

static isobit_status add_folder(iso_registry *registry, const char *folder) {
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, alphasort);
    if (count < 0)
        return iso_fail(ISOBIT_ERROR_FILE, "%s: cannot read the kernel folder: %s", folder,
                        strerror(errno));
    isobit_status status = ISOBIT_OK;
    size_t before = registry->count;
    for (int i = 0; i < count; i++) {
        if (status == ISOBIT_OK && ends_with(entries[i]->d_name, ".cl"))
            status = add_file(registry, folder, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    if (status == ISOBIT_OK && registry->count == before)
        status = iso_fail(ISOBIT_ERROR_FILE, "%s: holds no .cl file", folder);
    return status;
}

isobit_status iso_registry_open(iso_registry *out, const char *folder) {
    iso_registry registry = {0};
    isobit_status status = ISOBIT_OK;
    for (const iso_embedded *file = iso_embedded_files; file->name && status == ISOBIT_OK; file++)
        if (ends_with(file->name, ".cl"))
            status = add(&registry, file->name, file->text, file);
    if (status == ISOBIT_OK && folder && *folder)
        status = add_folder(&registry, folder);
    if (status == ISOBIT_OK)
        *out = registry;
    else
        iso_registry_close(&registry);
    return status;
}

void iso_registry_close(iso_registry *registry) {
    for (size_t i = 0; i < registry->count; i++)
        iso_variant_free(&registry->variants[i]);
    free(registry->variants);
    *registry = (iso_registry){0};
}

static isobit_status unknown_variant(const iso_registry *registry, const char *op,
                                     const char *name) {
    const char **names;
    size_t count = 0;
    ISO_TRY(iso_alloc(&names, registry->count + 1, sizeof *names));
    for (size_t i = 0; i < registry->count; i++)
        if (!strcmp(registry->variants[i].op, op))
            names[count++] = registry->variants[i].name;
    char what[128];
    strcpy(what, "variant of ");
    strncat(what, op, sizeof what - strlen(what) - 1);
    isobit_status status = iso_unknown_in(what, name, names);
    free(names);
    return status;
}

isobit_status iso_registry_find(const iso_registry *registry, const char *op, const char *name,
                                const char *device_class, const iso_variant **out) {
    const iso_variant *found = NULL;
    bool fits_class = false;
    for (size_t i = 0; i < registry->count; i++) {
        const iso_variant *variant = &registry->variants[i];
        if (strcmp(variant->op, op) || (!name && variant->inexact))
            continue;
        bool fits = !name && iso_variant_has_default(variant, device_class);
        if (name ? !strcmp(variant->name, name) : !found || (fits && !fits_class))
            found = variant;
        fits_class = fits_class || fits;
    }
    if (!found && name)
        return unknown_variant(registry, op, name);
    if (!found)
        return iso_fail(ISOBIT_ERROR_KERNEL,
                        "no kernel file registers the operation \"%s\" with exact results", op);
    *out = found;
    return ISOBIT_OK;
}
