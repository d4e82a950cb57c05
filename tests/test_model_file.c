/* Model files: the same bytes for the same model, what is in them, and what is refused. No device.
 */
#include "base/settings.h"
#include "run/json.h"
#include "run/model_file.h"
#include "test_data.h"

#include <math.h>

/* Made by numpy.savez_compressed: "0.weight" [[1,2],[3,4],[5,6]] float64, "0.bias" float32. */
static const unsigned char npz[] = {
    0x50, 0x4b, 0x03, 0x04, 0x2d, 0x00, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x21, 0x00, 0x47, 0xaf,
    0xe6, 0xa8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0c, 0x00, 0x14, 0x00, 0x30, 0x2e,
    0x77, 0x65, 0x69, 0x67, 0x68, 0x74, 0x2e, 0x6e, 0x70, 0x79, 0x01, 0x00, 0x10, 0x00, 0xb0, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x5a, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x9b, 0xec,
    0x17, 0xea, 0x1b, 0x10, 0xc9, 0xc8, 0x50, 0xc6, 0x50, 0xad, 0x9e, 0x92, 0x5a, 0x9c, 0x5c, 0xa4,
    0x6e, 0xa5, 0xa0, 0x6e, 0x93, 0x66, 0xa1, 0xae, 0xa3, 0xa0, 0x9e, 0x96, 0x5f, 0x54, 0x52, 0x94,
    0x98, 0x17, 0x9f, 0x5f, 0x94, 0x92, 0x0a, 0x12, 0x77, 0x4b, 0xcc, 0x29, 0x4e, 0x05, 0x8a, 0x17,
    0x67, 0x24, 0x16, 0xa4, 0x02, 0xf9, 0x1a, 0xc6, 0x3a, 0x0a, 0x46, 0x9a, 0x3a, 0x0a, 0xb5, 0x0a,
    0x64, 0x03, 0x2e, 0x06, 0x30, 0xf8, 0x60, 0x0f, 0xa1, 0x19, 0x1c, 0x20, 0x14, 0x07, 0x94, 0x16,
    0x80, 0xd2, 0x22, 0x50, 0x5a, 0xc2, 0x01, 0x00, 0x50, 0x4b, 0x03, 0x04, 0x2d, 0x00, 0x00, 0x00,
    0x08, 0x00, 0x00, 0x00, 0x21, 0x00, 0x8f, 0xe3, 0x66, 0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0x0a, 0x00, 0x14, 0x00, 0x30, 0x2e, 0x62, 0x69, 0x61, 0x73, 0x2e, 0x6e, 0x70, 0x79,
    0x01, 0x00, 0x10, 0x00, 0x8c, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x4f, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x9b, 0xec, 0x17, 0xea, 0x1b, 0x10, 0xc9, 0xc8, 0x50, 0xc6, 0x50, 0xad,
    0x9e, 0x92, 0x5a, 0x9c, 0x5c, 0xa4, 0x6e, 0xa5, 0xa0, 0x6e, 0x93, 0x66, 0xa2, 0xae, 0xa3, 0xa0,
    0x9e, 0x96, 0x5f, 0x54, 0x52, 0x94, 0x98, 0x17, 0x9f, 0x5f, 0x94, 0x92, 0x0a, 0x12, 0x77, 0x4b,
    0xcc, 0x29, 0x4e, 0x05, 0x8a, 0x17, 0x67, 0x24, 0x16, 0xa4, 0x02, 0xf9, 0x1a, 0xc6, 0x3a, 0x9a,
    0x3a, 0x0a, 0xb5, 0x0a, 0x14, 0x00, 0x2e, 0x06, 0x06, 0x06, 0x7b, 0x20, 0xde, 0xcf, 0xc0, 0xd0,
    0x60, 0x07, 0x00, 0x50, 0x4b, 0x01, 0x02, 0x2d, 0x03, 0x2d, 0x00, 0x00, 0x00, 0x08, 0x00, 0x00,
    0x00, 0x21, 0x00, 0x47, 0xaf, 0xe6, 0xa8, 0x5a, 0x00, 0x00, 0x00, 0xb0, 0x00, 0x00, 0x00, 0x0c,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80, 0x01, 0x00, 0x00, 0x00,
    0x00, 0x30, 0x2e, 0x77, 0x65, 0x69, 0x67, 0x68, 0x74, 0x2e, 0x6e, 0x70, 0x79, 0x50, 0x4b, 0x01,
    0x02, 0x2d, 0x03, 0x2d, 0x00, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x21, 0x00, 0x8f, 0xe3, 0x66,
    0x81, 0x4f, 0x00, 0x00, 0x00, 0x8c, 0x00, 0x00, 0x00, 0x0a, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x80, 0x01, 0x98, 0x00, 0x00, 0x00, 0x30, 0x2e, 0x62, 0x69, 0x61,
    0x73, 0x2e, 0x6e, 0x70, 0x79, 0x50, 0x4b, 0x05, 0x06, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x02,
    0x00, 0x72, 0x00, 0x00, 0x00, 0x23, 0x01, 0x00, 0x00, 0x00, 0x00,
};

static const float x[] = {0, 1, 2, 30, 4, 50, 6, 70};

/* Four samples of two features in three classes. */
static isobit_data *some_data(void) {
    static const int32_t labels[] = {0, 1, 2, 1};
    isobit_data *data;
    WORKS(isobit_data_from_classes(&data, x, 4, 2, labels, 3));
    return data;
}

static isobit_settings *settings_of(const char *net) {
    isobit_settings *settings;
    WORKS(isobit_settings_new(&settings));
    WORKS(isobit_settings_set(settings, "net", net));
    return settings;
}

/* dense 3 softmax over some_data, standard scaling. */
static isobit_model *some_model(void) {
    isobit_data *data = some_data();
    isobit_settings *settings = settings_of("dense 5 relu,  dense 3 softmax");
    isobit_model *model;
    WORKS(isobit_settings_set(settings, "scale", "standard"));
    WORKS(isobit_settings_set(settings, "test", "/a/path/test.csv"));
    WORKS(isobit_model_new(&model, NULL, data, settings));
    isobit_settings_free(settings);
    isobit_data_free(data);
    return model;
}

static isobit_model *through_a_file(const isobit_model *model) {
    isobit_model *loaded;
    enter_folder();
    WORKS(isobit_model_save(model, "m.safetensors"));
    WORKS(isobit_model_load(&loaded, NULL, "m.safetensors"));
    return loaded;
}

Test(model_file, a_model_comes_back_whole) {
    isobit_model *model = some_model(), *loaded = through_a_file(model);
    char digest[65], loaded_digest[65];
    isobit_model_sha256(model, digest);
    isobit_model_sha256(loaded, loaded_digest);
    cr_assert_str_eq(digest, loaded_digest);
    cr_assert_str_eq(loaded->network->text, "dense 5 relu, dense 3 softmax");
    cr_assert_str_eq(loaded->loss->name, "categorical_cross_entropy");
    cr_assert_eq(loaded->scaling.kind, ISO_SCALE_STANDARD);
    cr_assert_arr_eq(loaded->scaling.mean, model->scaling.mean, 2 * sizeof(float));
    cr_assert_arr_eq(loaded->scaling.scale, model->scaling.scale, 2 * sizeof(float));
    cr_assert_eq(isobit_model_classes(loaded), 3);
    cr_assert_str_eq(isobit_model_class(loaded, 2), "2");
    cr_assert_null(isobit_model_class(loaded, 3));
    cr_assert_eq(isobit_model_features(loaded), 2);
    cr_assert_eq(isobit_model_outputs(loaded), 3);
    cr_assert_str_eq(iso_model_note(loaded, "optimizer"), "sgd lr=0.1 momentum=0.9");
    isobit_model_free(loaded);
    isobit_model_free(model);
}

Test(model_file, saving_what_was_loaded_gives_the_same_bytes) {
    isobit_model *model = some_model(), *loaded = through_a_file(model);
    char *bytes, *again;
    size_t length, length_again;
    WORKS(iso_model_format(model, &bytes, &length));
    WORKS(iso_model_format(loaded, &again, &length_again));
    cr_assert_eq(length, length_again);
    cr_assert_arr_eq(bytes, again, length);
    free(bytes);
    free(again);
    isobit_model_free(loaded);
    isobit_model_free(model);
}

Test(model_file, tensors_have_the_names_and_shapes_of_torch_sequential) {
    isobit_model *model = some_model();
    static const char *const names[] = {"0.weight", "0.bias", "2.weight", "2.bias"};
    static const size_t shapes[][2] = {{5, 2}, {5, 0}, {3, 5}, {3, 0}};
    char *bytes;
    size_t length;
    iso_st_file file;
    WORKS(iso_model_format(model, &bytes, &length));
    WORKS(iso_st_parse(&file, "m", bytes, length));
    cr_assert_eq(file.tensor_count, 4);
    for (size_t i = 0; i < 4; i++) {
        cr_assert_str_eq(file.tensors[i].name, names[i]);
        cr_assert_str_eq(file.tensors[i].type, "F32");
        cr_assert_eq(file.tensors[i].rank, i % 2 ? 1 : 2);
        cr_assert_eq(file.tensors[i].shape[0], shapes[i][0]);
        cr_assert_eq(file.tensors[i].shape[1], shapes[i][1]);
    }
    iso_st_free(&file);
    isobit_model_free(model);
}

Test(model_file, holds_no_path) {
    isobit_model *model = some_model();
    cr_assert_str_eq(iso_model_note(model, "test"), "test.csv");
    cr_assert_null(iso_model_note(model, "out"));
    cr_assert_null(iso_model_note(model, "device"));
    isobit_model_free(model);
}

Test(model_file, a_parameter_that_is_not_finite_is_refused_by_name) {
    isobit_model *model = some_model(), *loaded;
    char *bytes;
    size_t length;
    model->parameters[10 + 3] = NAN;
    WORKS(iso_model_format(model, &bytes, &length));
    cr_assert_eq(iso_model_parse(&loaded, NULL, "m", bytes, length), ISOBIT_ERROR_FORMAT);
    cr_assert(strstr(isobit_error(), "m: tensor \"0.bias\": value 3 is "), "%s", isobit_error());
    isobit_model_free(model);
}

Test(model_file, a_file_cut_anywhere_is_refused) {
    isobit_model *model = some_model(), *loaded = NULL;
    char *bytes;
    size_t length;
    WORKS(iso_model_format(model, &bytes, &length));
    for (size_t cut = 0; cut < length; cut++) {
        char *part = malloc(cut + 1);
        memcpy(part, bytes, cut);
        cr_assert_eq(iso_model_parse(&loaded, NULL, "m", part, cut), ISOBIT_ERROR_FORMAT);
    }
    cr_assert_null(loaded);
    free(bytes);
    isobit_model_free(model);
}

/* The file with `note` set to `value` (NULL: without it) parses to ISOBIT_ERROR_FORMAT. */
static void refuse_note(const char *note, const char *value, const char *reason) {
    isobit_model *model = some_model(), *loaded;
    iso_st_file file;
    char *bytes;
    size_t length, kept = 0;
    WORKS(iso_model_format(model, &bytes, &length));
    WORKS(iso_st_parse(&file, "m", bytes, length));
    for (size_t i = 0; i < file.note_count; i++) {
        const bool it = !strcmp(file.notes[i].name, note);
        free(it ? file.notes[i].value : NULL);
        if (it && value)
            file.notes[i].value = strdup(value);
        if (it && !value)
            free(file.notes[i].name);
        else
            file.notes[kept++] = file.notes[i];
    }
    file.note_count = kept;
    WORKS(iso_st_format(&file, &bytes, &length));
    cr_assert_eq(iso_model_parse(&loaded, NULL, "m", bytes, length), ISOBIT_ERROR_FORMAT, "%s=%s",
                 note, value);
    cr_assert(strstr(isobit_error(), reason), "%s=%s: %s", note, value, isobit_error());
    iso_st_free(&file);
    isobit_model_free(model);
}

Test(model_file, metadata_that_makes_no_sense_is_refused_with_the_reason) {
    refuse_note("isobit.contract", NULL, "it is no isobit model");
    refuse_note("isobit.contract", "2", "use a newer isobit");
    refuse_note("isobit.net", NULL, "isobit.net");
    refuse_note("isobit.net", "dense 5 rleu, dense 3 softmax", "did you mean \"relu\"");
    refuse_note("isobit.net", "dense 6 relu, dense 3 softmax", "4 tensors of 132 bytes");
    refuse_note("isobit.input", "0", "isobit.input");
    refuse_note("isobit.input", "1x2", "is no shape");
    refuse_note("isobit.input", "1x2x1x1", "is no shape");
    refuse_note("isobit.loss", "msr", "did you mean \"mse\"");
    refuse_note("isobit.loss", "binary_cross_entropy", "end the network in sigmoid");
    refuse_note("isobit.task", "guess", "not classify, regress or reconstruct");
    refuse_note("isobit.scale", "standart", "did you mean \"standard\"");
    refuse_note("isobit.scale.mean", "[1]", "holds 1 numbers for 2 features");
    refuse_note("isobit.scale.mean", "[1, 1e999]", "isobit.scale.mean is no JSON array");
    refuse_note("isobit.scale.mean", "[1, 1e99]", "entry 1 is no float32");
    refuse_note("isobit.scale.scale", "[1, \"2\"]", "entry 1 is no float32");
    refuse_note("isobit.classes", "[\"a\"", "isobit.classes is no JSON array");
    refuse_note("isobit.classes", "[\"a\", 1, 2]", "entry 1 is no string");
    refuse_note("isobit.classes", "[]", "isobit.classes is empty");
    refuse_note("isobit.classes", "[\"a\", \"b\"]", "make it dense 2");
}

/* ----------------------------------------------------------------------- other files' tensors --
 */

static isobit_status start_from(const char *path, const char *net, isobit_model **out) {
    isobit_data *data = some_data();
    isobit_settings *settings = settings_of(net);
    WORKS(isobit_settings_set(settings, "init-from", path));
    isobit_status status = isobit_model_new(out, NULL, data, settings);
    isobit_settings_free(settings);
    isobit_data_free(data);
    return status;
}

Test(init_from, takes_the_arrays_of_an_npz_by_name) {
    isobit_model *model;
    const float expected[] = {1, 2, 3, 4, 5, 6, 0.5f, -0.5f, 0.25f};
    enter_folder();
    put_file("w.npz", npz, sizeof npz);
    WORKS(start_from("w.npz", "dense 3 softmax", &model));
    cr_assert_arr_eq(model->parameters, expected, sizeof expected);
    isobit_model_free(model);
    BAD_FORMAT(start_from("w.npz", "dense 4 relu, dense 3 softmax", &model),
               "init-from: w.npz: tensor \"0.weight\" is 3x2; the network needs 4x2");
    BAD_FORMAT(start_from("w.npz", "dense 3 relu, dense 3 softmax", &model),
               "init-from: w.npz: there is no tensor \"2.weight\", which the network needs (names "
               "are those of torch.nn.Sequential)");
}

Test(init_from, takes_the_tensors_of_a_model_file) {
    isobit_model *model = some_model(), *next;
    enter_folder();
    WORKS(isobit_model_save(model, "m.safetensors"));
    WORKS(start_from("m.safetensors", "dense 5 relu, dense 3 softmax", &next));
    cr_assert_arr_eq(next->parameters, model->parameters, model->network->floats * sizeof(float));
    cr_assert_str_eq(iso_model_note(next, "init-from"), "m.safetensors");
    isobit_model_free(next);
    isobit_model_free(model);
    cr_assert_eq(start_from("none.safetensors", "dense 3 softmax", &next), ISOBIT_ERROR_FILE);
}

/* ------------------------------------------------------------------------------ fit to data -- */

static isobit_data *csv_data(const char *text) {
    isobit_data *data;
    put_text("d.csv", text);
    WORKS(isobit_data_load(&data, "d.csv", NULL));
    return data;
}

Test(model, classes_are_matched_by_name) {
    enter_folder();
    isobit_data *data = csv_data("1,2,ant\n3,4,bee\n5,6,cow\n"), view;
    isobit_data *some = csv_data("1,2,cow\n3,4,ant\n");
    isobit_data *strange = csv_data("1,2,cow\n3,4,bat\n");
    isobit_settings *settings = settings_of("dense 3 softmax");
    isobit_model *model;
    WORKS(isobit_model_new(&model, NULL, data, settings));
    WORKS(iso_model_check_data(model, some));
    WORKS(iso_model_view(model, some, &view));
    cr_assert_eq(view.labels[0], 2);
    cr_assert_eq(view.labels[1], 0);
    cr_assert_eq(view.classes, 3);
    iso_model_view_free(&view);
    BAD_ARGUMENT(iso_model_check_data(model, strange),
                 "d.csv: the model does not know the class \"bat\"; it has ant, bee, cow");
    isobit_model_free(model);
    isobit_settings_free(settings);
    isobit_data_free(data);
    isobit_data_free(some);
    isobit_data_free(strange);
}

Test(model, a_class_name_that_no_model_file_could_hold_is_refused_at_once) {
    enter_folder();
    isobit_data *data = csv_data("1,2,caf\xE9\n3,4,bar\n");
    isobit_settings *settings = settings_of("dense 2 softmax");
    isobit_model *model;
    cr_assert_eq(isobit_model_new(&model, NULL, data, settings), ISOBIT_ERROR_FORMAT);
    cr_assert(strstr(isobit_error(), "is not UTF-8"), "%s", isobit_error());
    isobit_settings_free(settings);
    isobit_data_free(data);
}

Test(model, a_typo_in_any_training_setting_is_found_before_training) {
    isobit_data *data = some_data();
    isobit_settings *settings = settings_of("dense 3 softmax");
    isobit_model *model;
    static const char *const wrong[][2] = {
        {"optimizer", "adm"}, {"schedule", "cosin"}, {"loss", "mze"}, {"scale", "st"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        WORKS(isobit_settings_set(settings, wrong[i][0], wrong[i][1]));
        cr_assert_eq(isobit_model_new(&model, NULL, data, settings), ISOBIT_ERROR_ARGUMENT);
        cr_assert(strstr(isobit_error(), wrong[i][1]), "%s", isobit_error());
        WORKS(isobit_settings_set(settings, wrong[i][0], NULL));
    }
    isobit_settings_free(settings);
    isobit_data_free(data);
}
