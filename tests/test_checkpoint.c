/* The checkpoint file: what is written is read, what is damaged is refused. No device. */
#include "base/fault.h"
#include "base/file.h"
#include "base/interval.h"
#include "base/memory.h"
#include "run/checkpoint.h"
#include "run/data_hash.h"
#include "support.h"
#include "test_data.h"

#include <dirent.h>

enum { FLOATS = 3 * 4 + 4 + 4 * 2 + 2, SAMPLES = 5 };

/* A checkpoint in the second epoch of a small network, and what it is of. */
typedef struct fixture {
    iso_network *network;
    isobit_data *data;
    isobit_settings *settings;
    iso_checkpoint checkpoint;
    iso_checkpoint_arrays arrays;
    isobit_progress past[1];
    float parameters[4][FLOATS], losses[SAMPLES];
    uint32_t correct[SAMPLES];
} fixture;

static void fill(float *out, size_t count, uint32_t seed) {
    for (size_t i = 0; i < count; i++)
        out[i] = noise(&seed);
}

static void make(fixture *f) {
    static char changed[] = "after step 2: batch was 4, is 8";
    *f = (fixture){.past = {{.epoch = 1,
                             .epoch_done = true,
                             .step = 3,
                             .learning_rate = 0.1,
                             .samples_per_second = 1234.5,
                             .seconds = 1.0 / 3,
                             .metrics = {{.samples = 12, .loss = 0.7, .accuracy = 1.0 / 3},
                                         {.samples = 2, .loss = NAN, .accuracy = 0}}}}};
    OK(iso_network_new(&f->network, "dense 4 relu, dense 2 softmax", (iso_shape){3, 1, 1}));
    cr_assert_eq(f->network->floats, FLOATS);
    f->settings = settings_of("net", f->network->text, "seed", "7", "checkpoint", "3 steps",
                              "device", "cpu", NULL);
    for (uint32_t i = 0; i < 4; i++)
        fill(f->parameters[i], FLOATS, i);
    fill(f->losses, SAMPLES, 9);
    for (uint32_t i = 0; i < SAMPLES; i++)
        f->correct[i] = i % 2;
    f->checkpoint = (iso_checkpoint){.identity = {.settings = f->settings, .contract = 1},
                                     .changed = changed,
                                     .step = 5,
                                     .epoch_step = 2,
                                     .past = f->past,
                                     .epochs = 1,
                                     .seconds = 0.1,
                                     .best = 0.5,
                                     .best_epoch = 1};
    memset(f->checkpoint.identity.data, 'a', ISO_HEX_SIZE - 1);
    memset(f->checkpoint.identity.network, 'b', ISO_HEX_SIZE - 1);
    f->arrays = (iso_checkpoint_arrays){.network = f->network,
                                        .parameters = f->parameters[0],
                                        .memories = {f->parameters[1], f->parameters[2]},
                                        .best = f->parameters[3],
                                        .samples = SAMPLES,
                                        .losses = f->losses,
                                        .correct = f->correct};
}

static void drop(fixture *f) {
    isobit_settings_free(f->settings);
    iso_network_free(f->network);
}

/* The same bytes again, with one changed and perhaps another length. */
static isobit_status parse_copy(const char *bytes, size_t length, size_t room, size_t at,
                                char change) {
    char *copy = calloc(room ? room : 1, 1);
    iso_checkpoint *out = NULL;
    cr_assert(copy);
    memcpy(copy, bytes, length < room ? length : room);
    if (at < room)
        copy[at] ^= change;
    isobit_status status = iso_checkpoint_parse(&out, "c", copy, room);
    iso_checkpoint_free(out);
    return status;
}

static void same_floats(const iso_checkpoint *in, const fixture *f, const char *kind,
                        const float *expected) {
    float out[FLOATS];
    OK(iso_checkpoint_take(in, f->network, kind, out));
    cr_assert_eq(memcmp(out, expected, sizeof out), 0, "%s", kind);
}

Test(checkpoint, what_is_written_is_read) {
    fixture f;
    iso_checkpoint *in;
    float losses[SAMPLES];
    uint32_t correct[SAMPLES];
    enter_folder();
    make(&f);
    OK(iso_checkpoint_write(&f.checkpoint, &f.arrays, "c"));
    OK(iso_checkpoint_read(&in, "c"));
    cr_assert(in->step == 5 && in->epoch_step == 2 && in->epochs == 1 && in->best_epoch == 1);
    cr_assert(in->seconds == 0.1 && in->best == 0.5 && in->identity.contract == 1);
    cr_assert_str_eq(in->identity.data, f.checkpoint.identity.data);
    cr_assert_str_eq(in->identity.network, f.checkpoint.identity.network);
    cr_assert_str_eq(in->changed, f.checkpoint.changed);
    cr_assert_null(in->device_check);
    cr_assert_str_eq(isobit_settings_get(in->identity.settings, "seed"), "7");
    cr_assert_str_eq(isobit_settings_get(in->identity.settings, "checkpoint"), "3 steps");
    cr_assert_not(isobit_settings_is_set(in->identity.settings, "device"));
    cr_assert(in->past[0].step == 3 && in->past[0].seconds == 1.0 / 3);
    cr_assert(in->past[0].metrics[0].accuracy == 1.0 / 3 && isnan(in->past[0].metrics[1].loss));
    same_floats(in, &f, ISO_CHECKPOINT_PARAMETERS, f.parameters[0]);
    same_floats(in, &f, ISO_CHECKPOINT_MEMORY0, f.parameters[1]);
    same_floats(in, &f, ISO_CHECKPOINT_MEMORY1, f.parameters[2]);
    same_floats(in, &f, ISO_CHECKPOINT_BEST, f.parameters[3]);
    OK(iso_checkpoint_take_epoch(in, SAMPLES, losses, correct));
    cr_assert(!memcmp(losses, f.losses, sizeof losses) &&
              !memcmp(correct, f.correct, sizeof correct));
    REFUSES(iso_checkpoint_take_epoch(in, SAMPLES - 1, losses, correct), ISOBIT_ERROR_FORMAT,
            "losses are not those of 4 samples");
    iso_checkpoint_free(in);
    drop(&f);
    leave_folder();
}

Test(checkpoint, between_epochs_without_memories_there_is_less_in_it) {
    fixture f;
    iso_checkpoint *in;
    float out[FLOATS];
    char *bytes;
    size_t length;
    make(&f);
    f.checkpoint.best_epoch = f.checkpoint.epochs = f.checkpoint.epoch_step = 0;
    f.checkpoint.changed = NULL;
    f.checkpoint.best = INFINITY;
    f.arrays = (iso_checkpoint_arrays){.network = f.network, .parameters = f.parameters[0]};
    OK(iso_checkpoint_format(&f.checkpoint, &f.arrays, &bytes, &length));
    OK(iso_checkpoint_parse(&in, "c", bytes, length));
    cr_assert(isinf(in->best) && !in->best_epoch && !in->changed);
    cr_assert_not(iso_checkpoint_has(in, f.network, ISO_CHECKPOINT_BEST));
    cr_assert(iso_checkpoint_has(in, f.network, ISO_CHECKPOINT_PARAMETERS));
    REFUSES(iso_checkpoint_take(in, f.network, ISO_CHECKPOINT_BEST, out), ISOBIT_ERROR_FORMAT,
            "c: the checkpoint is of another network: tensor \"best.0.weight\" is missing");
    iso_checkpoint_free(in);
    drop(&f);
}

Test(checkpoint, every_changed_byte_is_noticed) {
    fixture f;
    char *bytes;
    size_t length;
    make(&f);
    OK(iso_checkpoint_format(&f.checkpoint, &f.arrays, &bytes, &length));
    cr_assert_eq(parse_copy(bytes, length, length, length, 0), ISOBIT_OK);
    for (size_t i = 0; i < length; i++)
        cr_assert_eq(parse_copy(bytes, length, length, i, (char)(1 << i % 8)), ISOBIT_ERROR_FORMAT,
                     "byte %zu", i);
    cr_assert(strstr(isobit_error(), "c: the checkpoint is damaged"), "%s", isobit_error());
    free(bytes);
    drop(&f);
}

Test(checkpoint, every_other_length_is_noticed) {
    fixture f;
    char *bytes;
    size_t length;
    make(&f);
    OK(iso_checkpoint_format(&f.checkpoint, &f.arrays, &bytes, &length));
    for (size_t room = 0; room <= length + 9; room++)
        if (room != length)
            cr_assert_eq(parse_copy(bytes, length, room, room, 0), ISOBIT_ERROR_FORMAT, "%zu bytes",
                         room);
    free(bytes);
    drop(&f);
}

/* ------------------------------------------------------------------- a wrong file, sealed -- */

/* Replace a text in the file by one of the same length, with the digest that then is right. */
static isobit_status parse_with(fixture *f, const char *text, const char *other) {
    iso_checkpoint *out = NULL;
    char *bytes, hex[ISO_HEX_SIZE];
    unsigned char digest[ISO_HASH_SIZE];
    size_t length, at = 0;
    OK(iso_checkpoint_format(&f->checkpoint, &f->arrays, &bytes, &length));
    while (at + strlen(text) <= length && memcmp(bytes + at, text, strlen(text)) != 0)
        at++;
    cr_assert(at + strlen(text) <= length && strlen(text) == strlen(other), "%s", text);
    memcpy(bytes + at, other, strlen(other));
    char *sealed = bytes + 8 + strlen("{\"__metadata__\": {\"sha256\": \"");
    memset(sealed, '0', 64);
    iso_hash hash = iso_hash_new();
    iso_hash_add(&hash, bytes, length);
    iso_hash_end(&hash, digest);
    iso_hash_hex(digest, hex);
    memcpy(sealed, hex, 64);
    isobit_status status = iso_checkpoint_parse(&out, "c", bytes, length);
    iso_checkpoint_free(out);
    return status;
}

Test(checkpoint, what_a_whole_file_says_is_checked_too) {
    static const struct {
        const char *text, *other, *message;
    } cases[] = {
        {"isobit.checkpoint\": \"1", "isobit.checkpoint\": \"2", "c: the checkpoint has format 2"},
        {"isobit.checkpoint\"", "isobit.checkqoint\"", "has format none"},
        {"isobit.step\"", "isobit.stop\"", "note isobit.step is missing or wrong"},
        {"isobit.step\": \"5", "isobit.step\": \"x", "note isobit.step is missing or wrong"},
        {"isobit.step\": \"5", "isobit.step\": \"0", "steps and epochs contradict each other"},
        {"isobit.epochs\": \"1", "isobit.epochs\": \"2", "tensor \"past\" is missing or wrong"},
        {"\"past\"", "\"pest\"", "tensor \"past\" is missing or wrong"},
        {"isobit.data\"", "isobit.date\"", "note isobit.data is missing or wrong"},
        {"isobit.best_loss\": \"0.5", "isobit.best_loss\": \"nan", "note isobit.best_loss"},
        {"isobit.seconds\"", "isobit.secunds\"", "note isobit.seconds"},
        {"isobit.setting.seed\"", "isobit.setting.sead\"",
         "c: a setting of the checkpoint: unknown"},
        {"isobit.setting.seed\": \"7", "isobit.setting.seed\": \"-", "a setting of the checkpoint"},
    };
    fixture f;
    make(&f);
    OK(parse_with(&f, "isobit.step\": \"5", "isobit.step\": \"6"));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        REFUSES(parse_with(&f, cases[i].text, cases[i].other), ISOBIT_ERROR_FORMAT,
                cases[i].message);
    drop(&f);
}

Test(checkpoint, another_networks_parameters_are_refused) {
    fixture f;
    iso_checkpoint *in;
    iso_network *other;
    float out[FLOATS];
    char *bytes;
    size_t length;
    make(&f);
    OK(iso_checkpoint_format(&f.checkpoint, &f.arrays, &bytes, &length));
    OK(iso_checkpoint_parse(&in, "c", bytes, length));
    OK(iso_network_new(&other, "dense 3 relu, dense 2 softmax", (iso_shape){3, 1, 1}));
    REFUSES(iso_checkpoint_take(in, other, ISO_CHECKPOINT_PARAMETERS, out), ISOBIT_ERROR_FORMAT,
            "tensor \"0.weight\" is missing or has another shape");
    iso_network_free(other);
    iso_checkpoint_free(in);
    drop(&f);
}

Test(checkpoint, running_out_of_memory_is_said_and_leaks_nothing) {
    fixture f;
    char *bytes;
    size_t length;
    make(&f);
    iso_fault_plan(ISO_FAULT_MEMORY, 0, 1);
    OK(iso_checkpoint_format(&f.checkpoint, &f.arrays, &bytes, &length));
    const size_t writing = iso_fault_plan(ISO_FAULT_MEMORY, 0, 1);
    cr_assert_eq(parse_copy(bytes, length, length, length, 0), ISOBIT_OK);
    const size_t reading = iso_fault_plan(ISO_FAULT_MEMORY, 0, 1);
    cr_assert(writing > 20 && reading > 20);
    for (size_t nth = 1; nth <= reading; nth++) {
        iso_fault_plan(ISO_FAULT_MEMORY, nth, 1);
        cr_assert_eq(parse_copy(bytes, length, length, length, 0), ISOBIT_ERROR_MEMORY, "%zu", nth);
    }
    free(bytes);
    for (size_t nth = 1; nth <= writing; nth++) {
        iso_fault_plan(ISO_FAULT_MEMORY, nth, 1);
        cr_assert_eq(iso_checkpoint_format(&f.checkpoint, &f.arrays, &bytes, &length),
                     ISOBIT_ERROR_MEMORY, "%zu", nth);
    }
    iso_fault_plan(ISO_FAULT_MEMORY, 0, 1);
    drop(&f);
}

/* ---------------------------------------------------------------------------- the writing -- */

static size_t files_here(void) {
    size_t count = 0;
    DIR *here = opendir(".");
    const struct dirent *entry;
    while (here && (entry = readdir(here)))
        count += *entry->d_name != '.';
    closedir(here);
    return count;
}

Test(file, a_failure_at_any_point_leaves_a_whole_file_and_nothing_beside_it) {
    char *bytes;
    size_t length, operations;
    enter_folder();
    iso_fault_plan(ISO_FAULT_FILE, 0, 0);
    OK(iso_file_write("f", "before", 6));
    operations = iso_fault_plan(ISO_FAULT_FILE, 0, 0);
    cr_assert_eq(operations, 7);
    for (size_t nth = 1; nth <= operations; nth++) {
        OK(iso_file_write("f", "before", 6));
        iso_fault_plan(ISO_FAULT_FILE, nth, 1);
        REFUSES(iso_file_write("f", "after it", 8), ISOBIT_ERROR_FILE, "No space left on device");
        iso_fault_plan(ISO_FAULT_FILE, 0, 0);
        OK(iso_file_read("f", 100, &bytes, &length));
        cr_assert_str_eq(bytes, nth <= 5 ? "before" : "after it", "operation %zu", nth);
        free(bytes);
        cr_assert_eq(files_here(), 1, "operation %zu", nth);
    }
    leave_folder();
}

Test(file, what_a_killed_write_left_is_swept_away_and_nothing_else) {
    static const char *const stay[] = {"f",        "f.12345",  "f.1234567",
                                       "f.123-56", "g.123456", "f.old"};
    enter_folder();
    put_text("f.aZ09xy", "half");
    put_text("f.123456", "half");
    for (size_t i = 0; i < sizeof stay / sizeof *stay; i++)
        put_text(stay[i], "");
    iso_file_sweep("f");
    cr_assert_eq(files_here(), sizeof stay / sizeof *stay);
    for (size_t i = 0; i < sizeof stay / sizeof *stay; i++)
        cr_assert(iso_file_exists(stay[i]), "%s", stay[i]);
    iso_file_sweep("no/such/folder");
    leave_folder();
}

/* ---------------------------------------------------------------------- when, and of what -- */

Test(interval, is_a_number_and_a_unit_or_a_word) {
    static const struct {
        const char *text;
        iso_interval_unit unit;
        double count;
    } cases[] = {{"auto", ISO_AUTO, 0},
                 {" off ", ISO_OFF, 0},
                 {"1 step", ISO_EVERY_STEPS, 1},
                 {"100 steps", ISO_EVERY_STEPS, 100},
                 {"2 epochs", ISO_EVERY_EPOCHS, 2},
                 {"1 epoch", ISO_EVERY_EPOCHS, 1},
                 {"0.5 minutes", ISO_EVERY_MINUTES, 0.5},
                 {"1 minute", ISO_EVERY_MINUTES, 1}};
    static const char *const wrong[] = {
        "",        "5",        "steps",  "0 steps", "1.5 epochs", "-1 steps",   "x steps",
        "5 hours", "1 step 2", "auto 5", "5 auto",  "every=5",    "-1 minutes", "nan minutes"};
    iso_interval out;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        OK(iso_interval_parse(&out, "checkpoint", cases[i].text));
        cr_assert(out.unit == cases[i].unit && out.count == cases[i].count, "%s", cases[i].text);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        REFUSES(iso_interval_parse(&out, "checkpoint", wrong[i]), ISOBIT_ERROR_ARGUMENT,
                "checkpoint: ");
}

static void identify(iso_identity *out, const float *x, const int32_t *labels, const char *net) {
    isobit_data *data;
    isobit_model *model;
    isobit_settings *settings = settings_of("net", net, NULL);
    OK(isobit_data_from_classes(&data, x, 4, 1, labels, 2));
    OK(isobit_model_new(&model, NULL, data, settings));
    OK(iso_identity_new(out, model, data, settings));
    iso_data_hash hash = {.data = data};
    memcpy(out->data, iso_data_hash_take(&hash), sizeof out->data);
    isobit_model_free(model);
    isobit_data_free(data);
    isobit_settings_free(settings);
}

Test(identity, differs_where_data_or_network_do) {
    static const float x[] = {1, 2, 3, 4}, other_x[] = {1, 2, 3, 5};
    static const int32_t labels[] = {0, 1, 0, 1}, other_labels[] = {0, 1, 1, 0};
    iso_identity a, b, c, d;
    identify(&a, x, labels, "dense 2 softmax");
    identify(&b, other_x, labels, "dense 2 softmax");
    identify(&c, x, other_labels, "dense 2 softmax");
    identify(&d, x, labels, "dense 2 relu, dense 2 softmax");
    cr_assert_str_neq(a.data, b.data);
    cr_assert_str_neq(a.data, c.data);
    cr_assert_str_eq(a.data, d.data);
    cr_assert_str_eq(a.network, b.network);
    cr_assert_str_neq(a.network, d.network);
    cr_assert_str_eq(isobit_settings_get(a.settings, "epochs"), "10");
    iso_identity *const all[] = {&a, &b, &c, &d};
    for (size_t i = 0; i < 4; i++)
        iso_identity_free(all[i]);
}
