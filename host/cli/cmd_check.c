/* isobit check: do the device's gradients agree with float64's? */
#include "cli/options.h"
#include "cli/report.h"

#include "base/memory.h"

#include <stdio.h>

static const char *const settings_offered[] = {
    "label", "task",      "split", "test", "stratify", "input",   "scale",   "net", "target",
    "loss",  "init-from", "batch", "seed", "device",   "variant", "kernels", NULL};
static const cli_flag flags[] = {{0}};
static const cli_syntax syntax = {
    "check",
    "DATA",
    "Compare the gradients that the device computes for your network, on one batch of your data, "
    "with those of a plain float64 program: every element with backpropagation, some of each "
    "tensor with finite differences.\v"
    "Errors are relative to the largest gradient of the tensor, or if that is more to a hundredth "
    "of "
    "what an element's samples add up to in magnitude. Elements where the slopes on the two sides "
    "differ, as at relu's 0, have no gradient and are counted as skipped. The exit "
    "status is 0 when all agree and 1 when not.",
    settings_offered,
    flags,
    1,
    1};

/* "[17, 300]" */
static const char *place(const size_t index[4], size_t rank) {
    const char *text = "[";
    for (size_t i = 0; i < rank; i++)
        text = cli_format("%s%s%zu", text, i ? ", " : "", index[i]);
    return cli_format("%s]", text);
}

static const char *shape_text(const isobit_check_tensor *tensor) {
    const char *text = "";
    for (size_t i = 0; i < tensor->rank; i++)
        text = cli_format("%s%s%zu", text, i ? "x" : "", tensor->shape[i]);
    return text;
}

static void print_tensors(const isobit_check_result *result) {
    static const char *const heads[] = {"tensor",      "shape",   "largest", "error",
                                        "differences", "sampled", "skipped", "worst at"};
    cli_table table = {.align = "llrrrrrl"};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        cli_cell(&table, "%s", heads[i]);
    for (size_t i = 0; i < result->tensor_count; i++) {
        const isobit_check_tensor *tensor = &result->tensors[i];
        cli_cell(&table, "%s", tensor->name);
        cli_cell(&table, "%s", shape_text(tensor));
        cli_cell(&table, "%.2e", tensor->largest);
        cli_cell(&table, "%.1e", tensor->error);
        if (tensor->skipped < tensor->sampled)
            cli_cell(&table, "%.1e", tensor->difference_error);
        else
            cli_cell(&table, "-");
        cli_cell(&table, "%zu", tensor->sampled);
        cli_cell(&table, "%zu", tensor->skipped);
        cli_cell(&table, "%s", place(tensor->worst, tensor->rank));
    }
    cli_table_print(&table, 0);
}

static void print_result(const isobit_check_result *result) {
    const isobit_check_tensor *worst = &result->tensors[result->worst];
    print_tensors(result);
    printf("\nloss    %.9g on the device, %.9g in float64, over %zu samples\n", result->loss,
           result->reference_loss, result->samples);
    if (result->left_out)
        printf("        %zu more left out: float32 may fall on either side of a kink there\n",
               result->left_out);
    printf("worst   %s%s: %.9g on the device, %.9g in float64\n", worst->name,
           place(worst->worst, worst->rank), worst->device, worst->reference);
    printf("%s  errors may be %g, to differences %g\n", result->passed ? "agreed" : "WRONG ",
           result->limit, result->difference_limit);
}

int cmd_check(int argc, char **argv) {
    cli_arguments arguments;
    int result = cli_parse(&syntax, argc, argv, &arguments);
    if (result >= 0)
        return result;
    isobit_context *context = NULL;
    isobit_model *model = NULL;
    isobit_data *data = NULL;
    isobit_check_result *check = NULL;
    isobit_status status;
    ISO_DO(isobit_data_load(&data, arguments.words[0], arguments.settings));
    ISO_DO(cli_open_device(&context, arguments.settings));
    ISO_DO(isobit_model_new(&model, context, data, arguments.settings));
    ISO_DO(isobit_check(&check, model, data, arguments.settings));
    printf("%s on %s\n\n", isobit_settings_get(arguments.settings, "net"),
           isobit_context_device(context));
    print_result(check);
done:
    result = status != ISOBIT_OK ? cli_fail(status) : check->passed ? CLI_OK : CLI_FAILED;
    isobit_check_free(check);
    isobit_data_free(data);
    isobit_model_free(model);
    isobit_context_free(context);
    cli_arguments_free(&arguments);
    return result;
}
