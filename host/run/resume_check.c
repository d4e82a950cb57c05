/* May a training go on as settings and data are now? */
#include "run/resume.h"

#include "base/memory.h"
#include "base/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------ what differs -- */

/* Differences that were found, as text, and what they mean for the epoch under way. */
typedef struct differences {
    iso_text text;
    bool any, order; /* order: of samples or batches, so that no epoch can go on in its middle */
} differences;

/* The same words; a run file breaks long values at blanks. */
static bool same_words(const char *a, const char *b) {
    static const char blanks[] = " \t";
    for (;;) {
        a += strspn(a, blanks);
        b += strspn(b, blanks);
        const size_t length = strcspn(a, blanks);
        if (length != strcspn(b, blanks) || strncmp(a, b, length) != 0)
            return false;
        if (!length)
            return true;
        a += length;
        b += length;
    }
}

static void add_difference(differences *found, const char *name, const char *then,
                           const char *now) {
    iso_text_add(&found->text, "%s%s was %s, is %s", found->any ? "; " : "", name,
                 *then ? then : "not set", *now ? now : "not set");
    found->any = true;
}

/* Settings that only say where data and initial parameters come from: their digests count. */
static bool only_locates(const isobit_setting *setting) {
    return !strcmp(setting->name, "init-from") ||
           (!strcmp(setting->group, "data") && strcmp(setting->name, "scale") != 0);
}

static void compare_settings(differences *found, const iso_identity *then,
                             const iso_identity *now) {
    const bool same_data = !strcmp(then->data, now->data);
    const isobit_setting *setting;
    for (size_t i = 0; (setting = isobit_setting_at(i)); i++) {
        const char *name = setting->name;
        const char *was = isobit_settings_get(then->settings, name);
        const char *is = isobit_settings_get(now->settings, name);
        if (!iso_setting_is_result(setting) || same_words(was, is) || !strcmp(name, "epochs") ||
            !strcmp(name, "init-from") || (same_data && only_locates(setting)))
            continue;
        add_difference(found, name, was, is);
        if (!strcmp(name, "batch") || !strcmp(name, "seed") || !strcmp(name, "shuffle"))
            found->order = true;
    }
}

static void compare(differences *found, const iso_identity *then, const iso_identity *now) {
    char was[16], is[16];
    compare_settings(found, then, now);
    if (strcmp(then->data, now->data) != 0) {
        add_difference(found, "the data's SHA-256", then->data, now->data);
        found->order = true;
    }
    if (strcmp(then->network, now->network) != 0 && !found->any)
        add_difference(found, "the network's SHA-256", then->network, now->network);
    if (then->contract != now->contract) {
        snprintf(was, sizeof was, "%d", then->contract);
        snprintf(is, sizeof is, "%d", now->contract);
        add_difference(found, "the numerics contract", was, is);
    }
}

static bool same_epochs(const iso_identity *a, const iso_identity *b) {
    return iso_settings_size(a->settings, "epochs") == iso_settings_size(b->settings, "epochs");
}

/* Another number of epochs changes what was done already only where the schedule looks ahead. */
static isobit_status check_epochs(const iso_checkpoint *checkpoint, const iso_identity *now,
                                  differences *found) {
    const char *was = isobit_settings_get(checkpoint->identity.settings, "epochs");
    const char *is = isobit_settings_get(now->settings, "epochs");
    const size_t begun = checkpoint->epochs + (checkpoint->epoch_step > 0);
    iso_schedule schedule;
    if (iso_settings_size(now->settings, "epochs") < begun)
        return iso_fail(ISOBIT_ERROR_ARGUMENT,
                        "%s: %s epochs are asked for, but the run is in or after epoch %zu already",
                        checkpoint->path, is, begun);
    ISO_TRY(iso_schedule_parse(&schedule, isobit_settings_get(now->settings, "schedule")));
    if (!same_epochs(&checkpoint->identity, now) && checkpoint->step && schedule.kind == ISO_COSINE)
        add_difference(found, "epochs", was, is);
    return ISOBIT_OK;
}

/* Add what changed to what changed before, here and in the model's notes. */
static isobit_status note_changes(iso_checkpoint *checkpoint, isobit_model *model,
                                  const char *text) {
    char *changed;
    if (*text) {
        const char *before = checkpoint->changed ? checkpoint->changed : "";
        ISO_TRY(iso_format(&changed, "%s%safter step %llu: %s", before, *before ? "; " : "",
                           (unsigned long long)checkpoint->step, text));
        free(checkpoint->changed);
        checkpoint->changed = changed;
    }
    return checkpoint->changed ? iso_model_set_note(model, "changed", checkpoint->changed)
                               : ISOBIT_OK;
}

isobit_status iso_resume_check(iso_checkpoint *checkpoint, isobit_model *model,
                               const isobit_data *data, iso_data_hash *hash,
                               const isobit_settings *settings) {
    iso_identity now;
    differences found = {0};
    char *text = NULL;
    isobit_status status;
    ISO_TRY(iso_identity_new(&now, model, data, settings));
    memcpy(now.data, iso_data_hash_take(hash), ISO_HEX_SIZE);
    compare(&found, &checkpoint->identity, &now);
    const bool refused = found.any && !iso_settings_on(settings, "resume-anyway");
    if (!refused)
        ISO_DO(check_epochs(checkpoint, &now, &found));
    ISO_DO(iso_text_take(&found.text, &text));
    if (refused) {
        status = iso_fail(ISOBIT_ERROR_ARGUMENT,
                          "%s: the run began otherwise: %s; resume it as it was, or with "
                          "--resume-anyway",
                          checkpoint->path, text);
        goto done;
    }
    if (found.order)
        checkpoint->epoch_step = 0; /* the epoch under way begins again */
    checkpoint->differs = found.any || !same_epochs(&checkpoint->identity, &now);
    status = note_changes(checkpoint, model, text);
done:
    free(found.text.text);
    free(text);
    iso_identity_free(&now);
    return status;
}
