/* The kernel files: which variants there are of an operation. */
#ifndef ISO_DEVICE_REGISTRY_H
#define ISO_DEVICE_REGISTRY_H

#include "device/variant.h"

/* The kernel files inside the library. */
extern const iso_embedded iso_embedded_files[];

/* One of them, or NULL. */
const iso_embedded *iso_embedded_file(const char *name);

typedef struct iso_registry {
    iso_variant *variants;
    size_t count;
} iso_registry;

/* Register the embedded files and then those of `folder` (may be NULL). */
isobit_status iso_registry_open(iso_registry *out, const char *folder);
void iso_registry_close(iso_registry *registry);

/* A variant by name, or for NULL the one that has a default for the class of device, or else the
 * first of the op. Unknown names fail with the known ones. */
isobit_status iso_registry_find(const iso_registry *registry, const char *op, const char *name,
                                const char *device_class, const iso_variant **out);

#endif
