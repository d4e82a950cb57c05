/* What the doctor's findings mean for training, and what is known about drivers. */
#include "run/doctor.h"

#include "base/memory.h"
#include "base/settings.h"
#include "run/model.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *iso_exactness_name(iso_exactness exactness) {
    static const char *const names[] = {"unchecked", "exact", "exact-normal", "not exact"};
    return names[exactness];
}

/* The finding to tell first: one without subnormal numbers before one with, then the first. */
static const iso_finding *gravest(const iso_diagnosis *diagnosis) {
    const iso_finding *found = NULL;
    for (size_t i = 0; i < diagnosis->count; i++) {
        const iso_finding *finding = &diagnosis->findings[i];
        if (finding->wrong && (!found || (finding->wrong_normal && !found->wrong_normal)))
            found = finding;
    }
    return found;
}

isobit_status iso_device_check(isobit_context *context, iso_exactness *exactness,
                               const char **difference) {
    iso_diagnosis *diagnosis = NULL;
    isobit_status status = ISOBIT_OK;
    if (!context->exactness) {
        ISO_TRY(iso_alloc(&diagnosis, 1, sizeof *diagnosis));
        ISO_DO(iso_diagnose(diagnosis, context));
        const iso_finding *worst = gravest(diagnosis);
        if (worst)
            ISO_DO(iso_finding_text(&context->difference, worst));
        context->exactness = (int)diagnosis->exactness;
    }
    *exactness = (iso_exactness)context->exactness;
    *difference = context->difference;
done:
    free(diagnosis);
    return status;
}

isobit_status iso_device_admit(isobit_model *model, const isobit_settings *settings) {
    const char *difference;
    iso_exactness exactness;
    char *note;
    ISO_TRY(iso_device_check(model->context, &exactness, &difference));
    if (exactness != ISO_NOT_EXACT)
        return ISOBIT_OK;
    if (!iso_settings_on(settings, "inexact"))
        return iso_fail(ISOBIT_ERROR_DEVICE,
                        "%s is not exact: %s; a model trained on it differs from every other "
                        "device's. Take another (isobit doctor shows their classes), or --inexact, "
                        "which is noted in the model",
                        model->context->name, difference);
    ISO_TRY(iso_format(&note, "not exact: %s: %s", model->context->name, difference));
    isobit_status status = iso_model_set_note(model, "device_check", note);
    free(note);
    return status;
}

/* --------------------------------------------------------------------------------- drivers -- */

static bool contains(const char *text, const char *part) {
    const size_t length = strlen(part);
    for (; *text; text++)
        if (!strncasecmp(text, part, length))
            return true;
    return false;
}

/* A driver is known by parts of its platform's name and of its version or driver text. */
static const struct known_driver {
    const char *platform, *version, *remark;
} known_drivers[] = {
    {"Portable Computing Language", "PoCL 5.0",
     "PoCL 5.0 was released with its vectoriser off by accident: right, but several times slower; "
     "take 5.0 with the distribution's fix, 6.1 or later, or 3.1"},
    {"Portable Computing Language", "PoCL 6.0",
     "PoCL 6.0 was released with its vectoriser off by accident: right, but several times slower; "
     "take 6.1 or later"},
    {"rusticl", "22.3",
     "Mesa 22.3's rusticl on llvmpipe has an fma in software that drops a subnormal addend: "
     "exact-normal; the first launch of a vector kernel takes seconds, later ones come from Mesa's "
     "shader cache"},
    {"rusticl", "",
     "rusticl is new for each driver: look at what the check below says, and keep Mesa up to date"},
    {"Clover", "", "Clover is Mesa's old OpenCL and no longer kept up: take rusticl"},
    {"Oclgrind", "",
     "Oclgrind simulates a device to find mistakes in kernels: right, and very slow"},
};

const char *iso_driver_remark(const isobit_device *device) {
    for (size_t i = 0; i < sizeof known_drivers / sizeof *known_drivers; i++) {
        const struct known_driver *known = &known_drivers[i];
        if (contains(device->platform, known->platform) &&
            (!*known->version || contains(device->version, known->version) ||
             contains(device->driver, known->version)))
            return known->remark;
    }
    return NULL;
}
