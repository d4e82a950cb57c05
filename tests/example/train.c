#include <isobit/isobit.h>
#include <stdio.h>

int main(void) {
    isobit_context *context = NULL;
    isobit_settings *settings = NULL;
    isobit_data *data = NULL;
    isobit_model *model = NULL;
    isobit_metrics test;
    bool ok = !isobit_context_new(&context, NULL) && !isobit_settings_new(&settings) &&
              !isobit_settings_set(settings, "net", "dense 128 relu, dense 10 softmax") &&
              !isobit_settings_set(settings, "epochs", "3") &&
              !isobit_data_load(&data, "digits", settings) &&
              !isobit_model_new(&model, context, data, settings) &&
              !isobit_train(model, data, settings, NULL, NULL) &&
              !isobit_evaluate(model, data, ISOBIT_TEST, &test) &&
              !isobit_model_save(model, "digits.safetensors");
    if (ok)
        printf("%s: %.1f %% of %zu test digits right\n", isobit_context_device(context),
               100 * test.accuracy, test.samples);
    else
        fprintf(stderr, "%s\n", isobit_error());
    isobit_model_free(model);
    isobit_data_free(data);
    isobit_settings_free(settings);
    isobit_context_free(context);
    return ok ? 0 : 1;
}
