/* Dropout: the contract's choice, in proportion, the same again, and none at all in predictions. */
#include "base/random.h"
#include "device/program.h"
#include "ops/dropout.h"
#include "support.h"

enum { LAYER = 3, SEED = 77 };

/* What dropout makes of rows x columns ones in a step. */
static void drop_ones(isobit_context *context, double rate, uint32_t step, size_t rows,
                      size_t columns, float *out) {
    const uint32_t state[4] = {1, 0, UINT32_MAX, 0};
    float scalars[ISO_SCALARS] = {0};
    iso_tensor x, y;
    cl_mem state_buffer, scalar_buffer;
    iso_list list = {.context = context};
    memcpy(&scalars[ISO_SCALARS - 1], &step, sizeof step);
    OK(iso_tensor_new(&x, context, rows, columns, "x"));
    OK(iso_tensor_new(&y, context, rows, columns, "y"));
    OK(iso_buffer_new(&state_buffer, context, sizeof state, "state"));
    OK(iso_buffer_new(&scalar_buffer, context, sizeof scalars, "scalars"));
    OK(iso_buffer_write(context, state_buffer, 0, state, sizeof state));
    OK(iso_buffer_write(context, scalar_buffer, 0, scalars, sizeof scalars));
    for (size_t i = 0; i < rows * columns; i++)
        out[i] = 1;
    OK(iso_tensor_write(context, &x, out));
    const iso_dropout_work work = {.rate = rate,
                                   .layer = LAYER,
                                   .seed = SEED,
                                   .state = state_buffer,
                                   .scalars = scalar_buffer};
    const iso_store store = {.kind = ISO_STORE_PLAIN, .out = y};
    OK(iso_dropout_rows(&list, &work, &x, &store, "test"));
    OK(iso_list_run(&list));
    OK(iso_tensor_read(context, &y, out));
    iso_list_free(&list);
    iso_tensor_free(&x);
    iso_tensor_free(&y);
    iso_buffer_free(&state_buffer);
    iso_buffer_free(&scalar_buffer);
}

/* Element e of step s: word e % 4 of the counter with index (s << 32) + e / 4. */
Test(dropout, chooses_as_the_contract_says_whatever_the_batch_looks_like) {
    static const size_t shapes[][2] = {{60, 1}, {1, 60}, {4, 15}, {3, 20}};
    isobit_context *context = open_plain();
    for (uint32_t step = 0; step < 70000; step += 69999)
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
            float got[60];
            drop_ones(context, 0.25, step, shapes[i][0], shapes[i][1], got);
            for (uint32_t e = 0; e < 60; e++) {
                uint32_t words[4];
                iso_philox(SEED, ISO_RANDOM_DROPOUT, LAYER, (uint64_t)step << 32 | e / 4, words);
                const bool dropped = (float)(words[e % 4] >> 8) * 0x1p-24f < 0.25f;
                cr_assert_eq(got[e], dropped ? 0.0f : 1 / 0.75f, "element %u of step %u is %g", e,
                             step, (double)got[e]);
            }
        }
    isobit_context_free(context);
}

Test(dropout, drops_its_share_and_keeps_the_mean) {
    enum { VALUES = 1 << 16 };
    static const double rates[] = {0, 0.1, 0.5, 0.9};
    static float got[VALUES];
    isobit_context *context = open_plain();
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        double dropped = 0, sum = 0;
        const double deviation = sqrt(rates[i] * (1 - rates[i]) / VALUES);
        drop_ones(context, rates[i], 5, 256, VALUES / 256, got);
        for (size_t j = 0; j < VALUES; j++) {
            dropped += got[j] == 0;
            sum += (double)got[j];
        }
        NEAR(dropped / VALUES, rates[i], 4 * deviation);
        NEAR(sum / VALUES, 1, 4 * deviation / (1 - rates[i]) + 1e-6);
    }
    isobit_context_free(context);
}

Test(dropout, a_second_run_is_the_same_and_another_seed_is_not) {
    static const char *const seeds[] = {"1", "1", "2"};
    float weights[3][30];
    isobit_context *context = open_plain();
    for (size_t run = 0; run < 3; run++) {
        isobit_settings *settings = settings_of("net", "dense 5 tanh, dropout 0.5, dense 2 softmax",
                                                "epochs", "2", "seed", seeds[run], NULL);
        isobit_data *data;
        OK(isobit_data_load(&data, "moons samples=60", settings));
        isobit_model *model = model_of(context, data, settings);
        OK(isobit_train(model, data, settings, NULL, NULL));
        cr_assert_leq(model->network->floats, 30);
        memcpy(weights[run], model->parameters, model->network->floats * sizeof(float));
        isobit_model_free(model);
        isobit_data_free(data);
        isobit_settings_free(settings);
    }
    cr_assert(!memcmp(weights[0], weights[1], 27 * sizeof(float)), "a second run differs");
    cr_assert(memcmp(weights[0], weights[2], 27 * sizeof(float)) != 0, "the seed changes nothing");
    isobit_context_free(context);
}

Test(dropout, predictions_and_checks_are_those_of_the_network_without_it) {
    static const char *const nets[] = {"dense 5 tanh, dense 2 softmax",
                                       "dropout 0.5, dense 5 tanh, dropout 0.9, dense 2 softmax"};
    float outputs[2][20], gradients[2][40];
    double loss[2];
    isobit_context *context = open_plain();
    isobit_data *data;
    OK(isobit_data_load(&data, "moons samples=10", NULL));
    for (size_t i = 0; i < 2; i++) {
        isobit_settings *settings = settings_of("net", nets[i], NULL);
        isobit_model *model = model_of(context, data, settings);
        for (size_t j = 0; j < model->network->floats; j++)
            model->parameters[j] = (float)j / 16 - 1;
        OK(isobit_predict(model, data->x, 10, outputs[i]));
        OK(iso_check_device(model, data, gradients[i], &loss[i]));
        isobit_model_free(model);
        isobit_settings_free(settings);
    }
    cr_assert(!memcmp(outputs[0], outputs[1], sizeof *outputs));
    cr_assert(!memcmp(gradients[0], gradients[1], 27 * sizeof(float)));
    cr_assert_eq(loss[0], loss[1]);
    isobit_data_free(data);
    isobit_context_free(context);
}
