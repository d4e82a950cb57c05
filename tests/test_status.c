/* Every status of the public interface is met. */
#include "base/fault.h"
#include "run/run_folder.h"
#include "support.h"
#include "test_data.h"

#include <sys/stat.h>

TestSuite(status, .init = enter_folder, .fini = leave_folder);

static bool stop(const isobit_progress *progress, void *user) {
    (void)progress;
    (void)user;
    return false;
}

static isobit_status train(const char *optimizer, isobit_callback callback) {
    isobit_context *context = open_device();
    isobit_settings *settings = settings_of("net", "dense 4 relu, dense 1", "optimizer", optimizer,
                                            "epochs", "3", "loss", "mse", NULL);
    isobit_data *data;
    OK(isobit_data_load(&data, "line", settings));
    isobit_model *model = model_of(context, data, settings);
    const isobit_status status = isobit_train(model, data, settings, callback, NULL);
    isobit_model_free(model);
    isobit_data_free(data);
    isobit_settings_free(settings);
    isobit_context_free(context);
    return status;
}

static isobit_status load(const char *source) {
    isobit_data *data;
    return isobit_data_load(&data, source, NULL);
}

static isobit_status without_memory(void) {
    isobit_settings *settings;
    iso_fault_plan(ISO_FAULT_MEMORY, 1, 1);
    const isobit_status status = isobit_settings_new(&settings);
    iso_fault_plan(ISO_FAULT_MEMORY, 0, 0);
    return status;
}

static isobit_status into_a_folder_that_is_there(void) {
    iso_run_folder *folder;
    isobit_data *data;
    mkdir("run", 0700);
    put_text("run/mine", "");
    isobit_settings *settings = settings_of("out", "run", NULL);
    OK(isobit_data_load(&data, "xor", settings));
    const isobit_status status = iso_run_folder_open(&folder, data, settings);
    isobit_data_free(data);
    isobit_settings_free(settings);
    return status;
}

static isobit_status with_a_bad_kernel(void) {
    isobit_context *context;
    mkdir("kernels", 0700);
    put_text("kernels/bad.cl", "//@ op gemm_nt\n//@ nonsense\n");
    return iso_context_open(&context, NULL, "kernels", NULL);
}

Test(status, each_is_given_where_it_is_due, .timeout = 60) {
    isobit_context *context;
    isobit_status met[ISOBIT_STATUS_COUNT];
    size_t count = 0;
    bool seen[ISOBIT_STATUS_COUNT] = {false};
    put_text("bad.csv", "1,2\n3\n");
    met[count++] = train("sgd lr=0.01", NULL);
    met[count++] = load("no such set");
    met[count++] = without_memory();
    met[count++] = load("none.csv");
    met[count++] = load("bad.csv");
    met[count++] = into_a_folder_that_is_there();
    met[count++] = isobit_context_new(&context, "no such device");
    met[count++] = with_a_bad_kernel();
    met[count++] = train("sgd lr=1e30", NULL);
    met[count++] = train("sgd lr=0.01", stop);
    cr_assert_eq(count, ISOBIT_STATUS_COUNT);
    for (size_t i = 0; i < count; i++) {
        cr_assert(met[i] < ISOBIT_STATUS_COUNT && !seen[met[i]], "%zu: %s again", i,
                  isobit_status_name(met[i]));
        seen[met[i]] = true;
    }
}
