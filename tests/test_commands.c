/* What the commands tell that look at something: the text and the JSON of one run agree. */
#include "program.h"

/* With the variants that are compiled in a fraction of the time that the fast ones take. */
#define PLAIN "--variant 'resident=off gemm_nt=naive gemm_nn=naive gemm_tn=naive' "
#define NET PLAIN "--net 'dense 3 tanh, dense 2 softmax' "

TestSuite(commands, .init = enter_folder, .fini = leave_folder);

static json_int_t number(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    cr_assert(json_is_integer(value), "%s is no whole number", key);
    return json_integer_value(value);
}

static const char *string(const json_t *object, const char *key) {
    const char *value = json_string_value(json_object_get(object, key));
    cr_assert(value, "%s is no text", key);
    return value;
}

static const json_t *item(const json_t *object, const char *key, size_t index) {
    const json_t *value = json_array_get(json_object_get(object, key), index);
    cr_assert(value, "%s has no entry %zu", key, index);
    return value;
}

/* The text that a file holds. */
static const char *text_of(const char *path) {
    static char text[1 << 16];
    slurp(path, text, sizeof text);
    return text;
}

/* -------------------------------------------------------------------------------- devices -- */

Test(commands, devices_tells_of_each_and_which_is_taken) {
    json_t *object = json_of(works("devices --json")->out);
    const json_t *devices = json_object_get(object, "devices");
    size_t taken = 0, index;
    const json_t *device;
    const said *text = works("devices");
    json_array_foreach(devices, index, device) {
        char line[160];
        cr_assert_eq(number(device, "index"), (json_int_t)index);
        has_text(text->out, string(device, "name"));
        if (!json_is_true(json_object_get(device, "chosen")))
            continue;
        taken++;
        snprintf(line, sizeof line, "* chosen: %zu, %.120s (", index, string(device, "name"));
        has_text(text->out, line);
        has_text(text->out, string(device, "why"));
    }
    cr_assert_eq(taken, 1);
    json_decref(object);
    setenv("ISOBIT_DEVICE", "no such device", 1);
    text = run("devices");
    has_text(text->err, "no usable device matches \"no such device\"");
    cr_assert_null(strstr(text->out, "* chosen"));
    unsetenv("ISOBIT_DEVICE");
}

Test(commands, doctor_tells_of_every_operation) {
    json_t *object =
        json_of(works("doctor --device ${ISOBIT_DEVICE:-cpu} --runs none --json")->out);
    const json_t *device = item(object, "devices", 0), *operation;
    const json_t *operations = json_object_get(device, "operations");
    size_t index;
    char right[64];
    cr_assert_eq(number(object, "contract"), ISOBIT_CONTRACT);
    json_array_foreach(operations, index, operation) {
        cr_assert(number(operation, "tried") > 0 && number(operation, "wrong") == 0, "%s",
                  string(operation, "operation"));
    }
    cr_assert(index > 0);
    snprintf(right, sizeof right, "right     %zu of %zu operations", index, index);
    has_text(works("doctor --device ${ISOBIT_DEVICE:-cpu} --runs none")->out, right);
    json_decref(object);
}

/* ---------------------------------------------------------------------------- models, data -- */

Test(commands, show_tells_what_the_model_file_holds) {
    works("train xor " NET "--epochs 2 --scale standard --out r --quiet");
    json_t *object = json_of(works("show r/model.safetensors --json")->out);
    const said *text = works("show r/model.safetensors");
    json_int_t parameters = 0;
    for (size_t i = 0; i < 2; i++)
        parameters += number(item(object, "layers", i), "parameters");
    cr_assert(parameters == 17 && number(object, "parameters") == 17);
    cr_assert_eq(number(object, "bytes"), 17 * 4);
    cr_assert_str_eq(string(json_object_get(object, "settings"), "epochs"), "2");
    cr_assert_str_eq(string(object, "scale"), "standard");
    cr_assert_str_eq(string(item(item(object, "layers", 1), "tensors", 0), "name"), "2.weight");
    has_text(text->out, "2.weight 2x3");
    has_text(text->out, "classify into 2: 0, 1");
    has_text(text->out, string(object, "parameters_sha256"));
    json_decref(object);
}

Test(commands, check_agrees_and_names_the_worst_gradient) {
    const said *text = works("check xor " NET);
    has_text(text->out, "0.weight  3x2");
    has_text(text->out, "agreed");
    fails("check xor --net 'dense 2 step'", 2, "step");
}

Test(commands, eval_of_many_classes_lists_the_most_frequent_mistakes) {
    char text[8192], *end = text;
    for (int i = 0; i < 90; i++)
        end += sprintf(end, "%d,%d,k%d\n", i % 7, i % 5, i % 30);
    put_text("many.csv", text);
    works("train many.csv " PLAIN "--net 'dense 30 softmax' --epochs 1 --out r --quiet");
    has_text(works("eval r/model.safetensors many.csv " PLAIN)->out, "most frequent mistakes");
    json_t *object = json_of(works("eval r/model.safetensors many.csv --json " PLAIN)->out);
    cr_assert_eq(json_array_size(json_object_get(object, "confusion")), 30);
    json_decref(object);
}

Test(commands, what_an_autoencoder_makes_of_its_inputs_is_shown) {
    works("train moons " PLAIN
          "--target input --net 'dense 1 tanh, dense 2' --epochs 1 --out r --quiet");
    has_text(works("eval r/model.safetensors moons " PLAIN)->out, "what the network makes of them");
}

Test(commands, predictions_are_arrays_where_the_file_is_to_be_one) {
    put_text("x.csv", "0,1\n1,1\n1,0\n");
    works("train xor " NET "--epochs 1 --out r --quiet");
    works("predict r/model.safetensors x.csv --out y.npy " PLAIN);
    works("predict r/model.safetensors x.csv --out p.npy --probabilities " PLAIN);
    has_text(text_of("y.npy") + 10, "'descr': '<i8', 'fortran_order': False, 'shape': (3,)");
    has_text(text_of("p.npy") + 10, "'descr': '<f4', 'fortran_order': False, 'shape': (3, 2)");
    fails("predict r/model.safetensors none.csv", 1, "none.csv");
}

/* ------------------------------------------------------------------------------ comparing -- */

Test(commands, diverge_says_that_runs_agree_or_where_they_part) {
    works("train xor " NET "--epochs 2 --out a --quiet --digests a.jsonl");
    works("train xor " NET "--epochs 2 --out b --quiet --digests b.jsonl");
    has_text(works("diverge a.jsonl b.jsonl")->out, "No difference in ");
    json_t *object = json_of(works("diverge a.jsonl b.jsonl --json")->out);
    cr_assert(json_is_false(json_object_get(object, "differ")) &&
              number(object, "equal_tensors") > 0);
    json_decref(object);
    cr_assert_eq(system("sed '$s/\"digest\": \"[0-9a-f]*\"/\"digest\": \"00\"/' b.jsonl >c.jsonl"),
                 0);
    const said *found = run("diverge a.jsonl c.jsonl --json");
    cr_assert_eq(found->status, 1, "%s", found->err);
    object = json_of(found->out);
    cr_assert(json_is_true(json_object_get(object, "differ")));
    cr_assert_str_eq(string(item(object, "runs", 1), "digest"), "00");
    json_decref(object);
}

/* A kernel for the smallest product, found in a second; training finds it from then on. */
Test(commands, tune_keeps_winners_and_changes_no_bit, .timeout = 120) {
    setenv("ISOBIT_CACHE", "kept", 1);
    has_text(works("tune gemm_tn --shape 4x4x4 --seconds 1")->out,
             "results are the same bits as before");
    fails("tune gemm_tt --shape 4x4x4", 2, "Known: gemm_nt, gemm_nn, gemm_tn");
    fails("tune gemm_tn --shape 4x4", 2, "4x4");
}

/* ------------------------------------------------------------------------------- terminals -- */

Test(commands, on_a_terminal_a_line_tells_how_far_training_is) {
    cr_assert_eq(
        system("TERM=xterm COLUMNS=60 script -qec \"stty cols 60; '" ISOBIT_PROGRAM
               "' train 'moons samples=400' " NET
               "--epochs 60 --batch 16 --watch --out r\" typescript >/dev/null </dev/null"),
        0);
    const char *text = text_of("typescript");
    has_text(text, "preparing the device");
    has_text(text, "epoch 1/60  loss ");
    has_text(text, "\r\033[K"); /* drawn over, and gone at the end */
    has_text(text, "60/60 ");
    cr_assert_null(strstr(text, "\n 2/60 "), "a line for each of many epochs: %s", text);
}
