/* Kernels compiled ahead: what a plan notes is what a training builds, no more and no less. */
#include "device.h"
#include "folder.h"
#include "support.h"

#include "run/ahead.h"

#include <dirent.h>

static isobit_settings *settings_for(const char *net) {
    return settings_of("data", "digits samples=70 test=10", "net", net, "batch", "16", "epochs",
                       "1", "variant", "resident=off " PLAIN, NULL);
}

static isobit_context *open_fresh(const isobit_settings *settings) {
    isobit_context *context;
    OK(isobit_context_open(&context, settings));
    if (!context->pocl)
        cr_skip_test("this device is not PoCL's");
    return context;
}

static size_t programs_kept(void) {
    size_t count = 0;
    DIR *list = opendir(getenv("ISOBIT_CACHE"));
    for (struct dirent *entry; list && (entry = readdir(list));)
        count += strstr(entry->d_name, ".program") != NULL;
    if (list)
        closedir(list);
    return count;
}

static size_t note(iso_wanted *wanted, const isobit_data *data, const isobit_settings *settings) {
    isobit_context *context = open_fresh(settings);
    OK(iso_ahead_of_check(wanted, context));
    OK(iso_ahead_of_training(wanted, context, data, settings));
    cr_assert_null(context->ledger);
    cr_assert_null(context->wanted);
    cr_assert_null(context->programs, "a plan builds nothing");
    isobit_context_free(context);
    return wanted->count;
}

static void train(const isobit_data *data, const isobit_settings *settings, char digest[65]) {
    isobit_context *context = open_fresh(settings);
    isobit_model *model = model_of(context, data, settings);
    OK(isobit_train(model, data, settings, NULL, NULL));
    isobit_model_sha256(model, digest);
    isobit_model_free(model);
    isobit_context_free(context);
}

/* As another process would, for which a second context stands. */
static void build(const iso_wanted *wanted, const isobit_settings *settings) {
    isobit_context *context = open_fresh(settings);
    for (size_t i = 0; i < wanted->count; i++)
        OK(iso_wanted_build(context, wanted->list[i].message, wanted->list[i].size));
    isobit_context_free(context);
}

/* The network's kernels are counted, too: more of them make the first start slower. */
static void what_is_noted_is_built(const char *net, size_t expected) {
    iso_wanted wanted = {0}, rest = {0};
    char before[65], after[65];
    isobit_settings *settings = settings_for(net);
    isobit_data *data;
    setenv("ISOBIT_CACHE", make_folder(), 1);
    need_pocl();
    OK(isobit_data_load(&data, isobit_settings_get(settings, "data"), settings));
    isobit_context *context = open_fresh(settings);
    const size_t race = context->settled ? 0 : 1; /* it times a launch */
    isobit_context_free(context);
    const size_t noted = note(&wanted, data, settings), kept = programs_kept();
    cr_assert_eq(noted, expected + race, "%zu kernels, not %zu", noted, expected + race);
    train(data, settings, before);
    cr_assert_eq(programs_kept() - kept, noted - race, "%zu built", programs_kept() - kept);

    setenv("ISOBIT_CACHE", make_folder(), 1);
    build(&wanted, settings);
    cr_assert_eq(programs_kept(), noted);
    cr_assert_eq(note(&rest, data, settings), 0, "all of it is kept");
    train(data, settings, after);
    cr_assert_eq(programs_kept(), noted, "%zu more", programs_kept() - noted);
    cr_assert_str_eq(before, after);
    iso_wanted_free(&wanted);
    iso_wanted_free(&rest);
    isobit_data_free(data);
    isobit_settings_free(settings);
}

Test(ahead, a_dense_network_has_its_kernels_noted) {
    what_is_noted_is_built("dense 20 tanh, dense 10 softmax", 13);
}

Test(ahead, images_have_theirs_noted) {
    what_is_noted_is_built("conv 2 5x5 relu stride=2, maxpool 2, dropout 0.5, dense 10 softmax",
                           20);
}

Test(ahead, a_message_for_another_device_or_cut_off_is_none) {
    iso_wanted wanted = {0};
    isobit_settings *settings = settings_for("dense 10 softmax");
    setenv("ISOBIT_CACHE", make_folder(), 1);
    need_pocl();
    isobit_context *context = open_fresh(settings);
    OK(iso_ahead_of_check(&wanted, context));
    cr_assert_gt(wanted.count, 0);
    unsigned char *message = wanted.list[0].message;
    const size_t size = wanted.list[0].size;
    for (size_t cut = 0; cut < size; cut += cut < 600 ? 1 : 997)
        cr_assert_eq(iso_wanted_build(context, message, cut), ISOBIT_ERROR_FORMAT, "%zu bytes",
                     cut);
    context->identity[0]++;
    cr_assert_eq(iso_wanted_build(context, message, size), ISOBIT_ERROR_FORMAT);
    iso_wanted_free(&wanted);
    isobit_context_free(context);
    isobit_settings_free(settings);
}
