/* Going on from a checkpoint gives the bits of the run that was never interrupted. */
#include "base/fault.h"
#include "base/file.h"
#include "run/resume.h"
#include "support.h"
#include "test_data.h"

enum { EPOCHS = 16 };

/* A run: data, settings, and what there is to train it with. */
typedef struct run {
    isobit_context *context;
    isobit_data *data;
    isobit_settings *settings;
} run;

/* What came out of a training. */
typedef struct outcome {
    isobit_status status;
    char digest[65];
    isobit_progress epochs[EPOCHS]; /* as told, by epoch */
    size_t told, warnings;
    size_t stop_after; /* interrupt when so many epochs were told; 0: never */
    char warning[300];
    char changed[600]; /* the model's note, or "" */
} outcome;

static const char *const runs[][16] = {
    {"moons samples=75 test=20", "net", "dense 5 tanh, dense 2 softmax", "batch", "16", "epochs",
     "3", "optimizer", "sgd lr=0.3 momentum=0.9 weight_decay=0.01", NULL},
    {"spirals samples=90 classes=3", "net", "dense 6 relu, dense 3 softmax", "split", "70/15/15",
     "epochs", "4", "batch", "25", "optimizer", "adam lr=0.05", "schedule", "cosine warmup=3",
     "keep-best", NULL},
    {"line samples=40", "net", "dense 3 sigmoid, dense 1", "split", "60/40/20", "epochs", "16",
     "batch", "0", "clip", "0.5", "optimizer", "rmsprop lr=0.06", "early-stop", NULL},
    {"moons samples=60", "net", "dense 4 tanh, dropout 0.25, dense 2 softmax", "batch", "16",
     "epochs", "3", "optimizer", "sgd lr=0.3 momentum=0.9", "shuffle", NULL},
    {"xor", "net", "dense 3 tanh, dense 2 softmax", "batch", "1", "epochs", "3", "optimizer",
     "adagrad lr=0.1 lr_decay=0.01", "schedule", "step every=1 gamma=0.5", "shuffle", NULL},
};
enum { RUNS = sizeof runs / sizeof *runs };

/* The last word of a row is one more setting: keep-best=on, early-stop=2 or shuffle=off. */
static const char *value_of(const char *name) {
    return !strcmp(name, "keep-best") ? "on" : !strcmp(name, "early-stop") ? "2" : "off";
}

static run open_run(size_t index) {
    run out = {.context = open_plain()};
    const char *const *row = runs[index];
    OK(isobit_settings_new(&out.settings));
    for (size_t i = 1; row[i]; i += 2) {
        const char *value = row[i + 1] ? row[i + 1] : value_of(row[i]);
        OK(isobit_settings_set(out.settings, row[i], value));
        if (!row[i + 1])
            break;
    }
    OK(isobit_data_load(&out.data, row[0], out.settings));
    return out;
}

static void close_run(run *r) {
    isobit_data_free(r->data);
    isobit_settings_free(r->settings);
    isobit_context_free(r->context);
}

static bool listen(const isobit_progress *progress, void *user) {
    outcome *out = user;
    if (progress->warning) {
        out->warnings++;
        snprintf(out->warning, sizeof out->warning, "%s", progress->warning);
        return true;
    }
    if (!progress->epoch_done)
        return true;
    cr_assert(progress->epoch >= 1 && progress->epoch <= EPOCHS);
    out->epochs[progress->epoch - 1] = *progress;
    return ++out->told != out->stop_after;
}

typedef isobit_status training_function(isobit_model *, const isobit_data *,
                                        const isobit_settings *, const char *, isobit_callback,
                                        void *);

/* Train or resume with the file "c"; NULL: without one. */
static outcome train_with(const run *r, training_function *function, size_t stop_after) {
    outcome out = {.stop_after = stop_after};
    isobit_model *model = model_of(r->context, r->data, r->settings);
    out.status = function ? function(model, r->data, r->settings, "c", listen, &out)
                          : isobit_train(model, r->data, r->settings, listen, &out);
    isobit_model_sha256(model, out.digest);
    const char *changed = iso_model_note(model, "changed");
    snprintf(out.changed, sizeof out.changed, "%s", changed ? changed : "");
    isobit_model_free(model);
    return out;
}

static outcome train_whole(const run *r) {
    outcome out = train_with(r, NULL, 0);
    OK(out.status);
    cr_assert_gt(out.told, 0);
    return out;
}

static bool same_metrics(const isobit_progress *a, const isobit_progress *b) {
    bool same = a->epoch == b->epoch && a->step == b->step && a->learning_rate == b->learning_rate;
    for (int part = 0; part < ISOBIT_PARTS; part++)
        same = same && a->metrics[part].samples == b->metrics[part].samples &&
               a->metrics[part].loss == b->metrics[part].loss &&
               a->metrics[part].accuracy == b->metrics[part].accuracy;
    return same;
}

/* The file's past together with what was told after it is what the whole run told. */
static void same_outcome(const outcome *whole, const outcome *resumed, const iso_checkpoint *from,
                         const char *what) {
    cr_assert_eq(resumed->status, ISOBIT_OK, "%s: %s", what, isobit_error());
    cr_assert_str_eq(resumed->digest, whole->digest, "%s: the model differs", what);
    const size_t before = from ? from->epochs : 0;
    cr_assert_eq(before + resumed->told, whole->told, "%s: %zu and %zu epochs", what, before,
                 resumed->told);
    for (size_t i = 0; i < whole->told; i++)
        cr_assert(
            same_metrics(&whole->epochs[i], i < before ? &from->past[i] : &resumed->epochs[i]),
            "%s: epoch %zu differs", what, i + 1);
    cr_assert_str_eq(resumed->changed, "");
}

/* Resume from "c" and compare. Returns the step it was at. */
static uint64_t resume_and_compare(const run *r, const outcome *whole, const char *what) {
    iso_checkpoint *from;
    OK(iso_checkpoint_read(&from, "c"));
    const uint64_t step = from->step;
    const outcome resumed = train_with(r, isobit_resume, 0);
    same_outcome(whole, &resumed, from, what);
    iso_checkpoint_free(from);
    return step;
}

enum { OPERATIONS = 7 }; /* of writing one file */

/* ---------------------------------------------------------------------------- every step -- */

/* All writes after the n-th fail, so that the checkpoint of step n stays; training goes on. */
static void check_every_step(size_t index) {
    char what[40];
    enter_fast_folder();
    run r = open_run(index);
    const outcome whole = train_whole(&r);
    const size_t steps = (size_t)whole.epochs[whole.told - 1].step;
    cr_assert(steps > 6);
    for (size_t step = 0; step <= steps; step++) {
        snprintf(what, sizeof what, "run %zu, step %zu", index, step);
        OK(isobit_settings_set(r.settings, "checkpoint", "1 step"));
        iso_fault_plan(ISO_FAULT_FILE, OPERATIONS * (step + 1) + 1, SIZE_MAX);
        const outcome starved = train_with(&r, isobit_train_with_checkpoint, 0);
        iso_fault_plan(ISO_FAULT_FILE, 0, 0);
        same_outcome(&whole, &starved, NULL, what);
        cr_assert_eq(starved.warnings, step < steps, "%s: %zu warnings", what, starved.warnings);
        if (step < steps)
            cr_assert(strstr(starved.warning, "c: cannot write: No space left on device; training "
                                              "goes on"),
                      "%s", starved.warning);
        OK(isobit_settings_set(r.settings, "checkpoint", "1000 minutes"));
        cr_assert_eq(resume_and_compare(&r, &whole, what), step, "%s", what);
    }
    close_run(&r);
    leave_folder();
}

Test(resume, at_every_step_with_momentum_and_a_partial_batch) { check_every_step(0); }
Test(resume, at_every_step_with_adam_cosine_and_the_best_kept) { check_every_step(1); }
Test(resume, at_every_step_until_it_stops_early) {
    run r = open_run(2);
    cr_assert_lt(train_whole(&r).told, 16);
    close_run(&r);
    check_every_step(2);
}
Test(resume, at_every_step_with_single_samples_in_order) { check_every_step(3); }

/* ------------------------------------------------------------------------ failing writes -- */

/* One operation fails, each in turn: open, write, fsync, rename and the rest. */
Test(resume, one_failing_write_costs_a_warning_and_no_bit) {
    char what[40];
    enter_fast_folder();
    run r = open_run(0);
    const outcome whole = train_whole(&r);
    OK(isobit_settings_set(r.settings, "checkpoint", "4 steps"));
    iso_fault_plan(ISO_FAULT_FILE, 0, 0);
    OK(train_with(&r, isobit_train_with_checkpoint, 0).status);
    const size_t operations = iso_fault_plan(ISO_FAULT_FILE, 0, 0);
    cr_assert_eq(operations, OPERATIONS * (1 + 15 / 4 + 1));
    for (size_t nth = 1; nth <= operations; nth++) {
        snprintf(what, sizeof what, "operation %zu", nth);
        iso_fault_plan(ISO_FAULT_FILE, nth, 1);
        const outcome out = train_with(&r, isobit_train_with_checkpoint, 0);
        iso_fault_plan(ISO_FAULT_FILE, 0, 0);
        if (nth <= OPERATIONS) { /* there is no first checkpoint: better to stop at once */
            cr_assert_eq(out.status, ISOBIT_ERROR_FILE, "%s", what);
            continue;
        }
        same_outcome(&whole, &out, NULL, what);
        cr_assert_eq(out.warnings, 1, "%s", what);
        resume_and_compare(&r, &whole, what);
    }
    close_run(&r);
    leave_folder();
}

Test(resume, a_full_disk_is_told_again_only_when_it_had_room_between) {
    enter_fast_folder();
    run r = open_run(0);
    const outcome whole = train_whole(&r);
    OK(isobit_settings_set(r.settings, "checkpoint", "1 step"));
    iso_fault_plan(ISO_FAULT_FILE, OPERATIONS + 1, 5); /* every failing write is one operation */
    const outcome out = train_with(&r, isobit_train_with_checkpoint, 0);
    iso_fault_plan(ISO_FAULT_FILE, 0, 0);
    same_outcome(&whole, &out, NULL, "a full disk");
    cr_assert_eq(out.warnings, 1);
    cr_assert(strstr(out.warning, "no checkpoint at step 1: c: cannot write"), "%s", out.warning);
    cr_assert_eq(resume_and_compare(&r, &whole, "afterwards"), 15);
    close_run(&r);
    leave_folder();
}

/* -------------------------------------------------------------------- ends and beginnings -- */

Test(resume, after_the_callback_stopped_it) {
    enter_fast_folder();
    run r = open_run(0);
    const outcome whole = train_whole(&r);
    OK(isobit_settings_set(r.settings, "checkpoint", "1000 minutes"));
    const outcome stopped = train_with(&r, isobit_train_with_checkpoint, 2);
    cr_assert_eq(stopped.status, ISOBIT_ERROR_INTERRUPTED);
    cr_assert_eq(resume_and_compare(&r, &whole, "after a stop"), 10);
    close_run(&r);
    leave_folder();
}

Test(resume, of_a_run_that_is_done_changes_nothing) {
    enter_fast_folder();
    run r = open_run(1);
    const outcome whole = train_with(&r, isobit_train_with_checkpoint, 0);
    char *before, *after;
    size_t length, other;
    OK(iso_file_read("c", 1 << 20, &before, &length));
    const outcome again = train_with(&r, isobit_resume, 0);
    OK(again.status);
    cr_assert_str_eq(again.digest, whole.digest);
    cr_assert_eq(again.told, 0);
    OK(iso_file_read("c", 1 << 20, &after, &other));
    cr_assert(length == other && !memcmp(before, after, length));
    free(before);
    free(after);
    close_run(&r);
    leave_folder();
}

Test(resume, checkpoints_are_written_when_they_are_due) {
    static const struct {
        const char *when;
        size_t writes; /* of 15 steps in 3 epochs */
    } cases[] = {{"off", 0},     {"1000 minutes", 2}, {"1 epoch", 4},      {"2 epochs", 3},
                 {"5 steps", 4}, {"4 steps", 5},      {"1000000 steps", 2}};
    enter_fast_folder();
    run r = open_run(0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        OK(isobit_settings_set(r.settings, "checkpoint", cases[i].when));
        iso_fault_plan(ISO_FAULT_FILE, 0, 0);
        OK(train_with(&r, isobit_train_with_checkpoint, 0).status);
        cr_assert_eq(iso_fault_plan(ISO_FAULT_FILE, 0, 0), OPERATIONS * cases[i].writes, "%s",
                     cases[i].when);
    }
    close_run(&r);
    leave_folder();
}

Test(resume, no_epochs_are_a_run_too) {
    enter_fast_folder();
    run r = open_run(0);
    OK(isobit_settings_set(r.settings, "epochs", "0"));
    const outcome none = train_with(&r, isobit_train_with_checkpoint, 0);
    OK(none.status);
    OK(isobit_settings_set(r.settings, "epochs", "3"));
    const outcome whole = train_whole(&r);
    resume_and_compare(&r, &whole, "from the initial model");
    close_run(&r);
    leave_folder();
}

Test(resume, a_run_that_diverges_keeps_its_last_good_checkpoint) {
    static const float x[] = {1, 2, 3, 4}, y[] = {1, 2, 3, 4};
    enter_fast_folder();
    run r = {.context = open_plain(), .data = targets_of(x, 4, 1, y, 1)};
    r.settings = settings_of("net", "dense 1", "optimizer", "sgd lr=10", "epochs", "16", "batch",
                             "0", "checkpoint", "4 steps", NULL);
    const outcome out = train_with(&r, isobit_train_with_checkpoint, 0);
    cr_assert_eq(out.status, ISOBIT_ERROR_DIVERGED);
    iso_checkpoint *from;
    OK(iso_checkpoint_read(&from, "c"));
    cr_assert(from->step == 8 && from->epochs == 8 && out.told >= 8 && out.told < 12);
    iso_checkpoint_free(from);
    const outcome again = train_with(&r, isobit_resume, 0);
    cr_assert_eq(again.status, ISOBIT_ERROR_DIVERGED);
    OK(isobit_settings_set(r.settings, "optimizer", "sgd lr=0.01"));
    OK(isobit_settings_set(r.settings, "resume-anyway", "on"));
    const outcome saved = train_with(&r, isobit_resume, 0);
    OK(saved.status);
    cr_assert(strstr(saved.changed, "optimizer was sgd lr=10, is sgd lr=0.01"), "%s",
              saved.changed);
    close_run(&r);
    leave_folder();
}

/* -------------------------------------------------------------------------- more, and other -- */

Test(resume, with_more_epochs_is_the_longer_run) {
    enter_fast_folder();
    run r = open_run(0);
    OK(train_with(&r, isobit_train_with_checkpoint, 0).status);
    OK(isobit_settings_set(r.settings, "epochs", "5"));
    const outcome whole = train_whole(&r);
    cr_assert_eq(resume_and_compare(&r, &whole, "longer"), 15);
    OK(isobit_settings_set(r.settings, "epochs", "4"));
    REFUSES(train_with(&r, isobit_resume, 0).status, ISOBIT_ERROR_ARGUMENT,
            "c: 4 epochs are asked for, but the run is in or after epoch 5 already");
    close_run(&r);
    leave_folder();
}

Test(resume, with_more_epochs_under_cosine_is_noted_in_the_model) {
    enter_fast_folder();
    run r = open_run(1);
    OK(train_with(&r, isobit_train_with_checkpoint, 0).status);
    OK(isobit_settings_set(r.settings, "epochs", "6"));
    const outcome longer = train_with(&r, isobit_resume, 0);
    OK(longer.status);
    cr_assert_str_eq(longer.changed, "after step 12: epochs was 4, is 6");
    cr_assert_eq(longer.told, 2);
    const outcome again = train_with(&r, isobit_resume, 0);
    OK(again.status);
    cr_assert_str_eq(again.changed, longer.changed);
    close_run(&r);
    leave_folder();
}

Test(resume, with_another_kernel_variant_gives_the_same_bits) {
    enter_fast_folder();
    run r = open_run(0);
    const outcome whole = train_whole(&r);
    OK(isobit_settings_set(r.settings, "checkpoint", "1 step"));
    iso_fault_plan(ISO_FAULT_FILE, OPERATIONS * 8 + 1, SIZE_MAX);
    OK(train_with(&r, isobit_train_with_checkpoint, 0).status);
    iso_fault_plan(ISO_FAULT_FILE, 0, 0);
    isobit_context_free(r.context);
    OK(iso_context_open(&r.context, NULL, NULL, "gemm_nt=naive gemm_nn=naive gemm_tn=naive"));
    cr_assert_eq(resume_and_compare(&r, &whole, "naive"), 7);
    close_run(&r);
    leave_folder();
}

Test(resume, with_other_settings_is_refused_or_noted) {
    static const struct {
        const char *name, *value, *message;
    } cases[] = {
        {"optimizer", "sgd lr=0.2",
         "optimizer was sgd lr=0.3 momentum=0.9 weight_decay=0.01, is sgd "
         "lr=0.2"},
        {"optimizer", "adam", "weight_decay=0.01, is adam"},
        {"batch", "15", "batch was 16, is 15"},
        {"seed", "2", "seed was 1, is 2"},
        {"shuffle", "off", "shuffle was on, is off"},
        {"clip", "1", "clip was 0, is 1"},
        {"schedule", "exponential gamma=0.9", "schedule was constant, is exponential gamma=0.9"},
        {"scale", "standard", "scale was not set, is standard"},
    };
    enter_fast_folder();
    run r = open_run(0);
    OK(isobit_settings_set(r.settings, "checkpoint", "1 step"));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        iso_fault_plan(ISO_FAULT_FILE, OPERATIONS * 8 + 1, SIZE_MAX);
        OK(train_with(&r, isobit_train_with_checkpoint, 0).status);
        iso_fault_plan(ISO_FAULT_FILE, 0, 0);
        char *before = strdup(isobit_settings_get(r.settings, cases[i].name));
        const bool set = isobit_settings_is_set(r.settings, cases[i].name);
        OK(isobit_settings_set(r.settings, cases[i].name, cases[i].value));
        REFUSES(train_with(&r, isobit_resume, 0).status, ISOBIT_ERROR_ARGUMENT, cases[i].message);
        cr_assert(strstr(isobit_error(), "c: the run began otherwise: "), "%s", isobit_error());
        OK(isobit_settings_set(r.settings, "resume-anyway", "on"));
        const outcome out = train_with(&r, isobit_resume, 0);
        cr_assert_eq(out.status, ISOBIT_OK, "%s: %s", cases[i].name, isobit_error());
        cr_assert(strstr(out.changed, cases[i].message), "%s", out.changed);
        OK(isobit_settings_set(r.settings, "resume-anyway", NULL));
        OK(isobit_settings_set(r.settings, cases[i].name, set ? before : NULL));
        free(before);
    }
    close_run(&r);
    leave_folder();
}

Test(resume, with_other_data_is_refused) {
    enter_fast_folder();
    run r = open_run(0);
    cr_assert_eq(train_with(&r, isobit_train_with_checkpoint, 1).status, ISOBIT_ERROR_INTERRUPTED);
    isobit_data_free(r.data);
    OK(isobit_data_load(&r.data, "moons samples=75 test=20 seed=2", r.settings));
    REFUSES(train_with(&r, isobit_resume, 0).status, ISOBIT_ERROR_ARGUMENT,
            "data was moons samples=75 test=20, is moons samples=75 test=20 seed=2; the data's "
            "SHA-256 was ");
    OK(isobit_settings_set(r.settings, "net", "dense 4 tanh, dense 2 softmax"));
    OK(isobit_settings_set(r.settings, "resume-anyway", "on"));
    REFUSES(train_with(&r, isobit_resume, 0).status, ISOBIT_ERROR_FORMAT,
            "c: the checkpoint is of another network");
    close_run(&r);
    leave_folder();
}

Test(resume, from_nothing_is_refused) {
    enter_fast_folder();
    run r = open_run(0);
    REFUSES(train_with(&r, isobit_resume, 0).status, ISOBIT_ERROR_FILE, "c: cannot open");
    put_text("c", "no checkpoint");
    REFUSES(train_with(&r, isobit_resume, 0).status, ISOBIT_ERROR_FORMAT,
            "c: is no checkpoint, or its beginning is damaged");
    close_run(&r);
    leave_folder();
}

Test(resume, a_step_that_no_epoch_has_is_refused) {
    enter_fast_folder();
    run r = open_run(0);
    iso_training *training;
    iso_checkpoint *from;
    isobit_model *model = model_of(r.context, r.data, r.settings);
    cr_assert_eq(train_with(&r, isobit_train_with_checkpoint, 1).status, ISOBIT_ERROR_INTERRUPTED);
    OK(iso_checkpoint_read(&from, "c"));
    OK(iso_training_new(&training, model, r.data, r.settings));
    from->step = from->epoch_step = (size_t)1 << 60; /* times the batch of 16: no sample at all */
    REFUSES(iso_training_restore(training, from), ISOBIT_ERROR_FORMAT,
            "c: the checkpoint is after step 1152921504606846976 of an epoch of 5");
    iso_training_free(training);
    iso_checkpoint_free(from);
    isobit_model_free(model);
    close_run(&r);
    leave_folder();
}
