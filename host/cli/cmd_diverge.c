/* isobit diverge: where two runs of the same training begin to differ. */
#include "cli/options.h"
#include "cli/report.h"

#include "run/diverge.h"
#include "run/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { JSON };

static const cli_flag flags[] = {{"json", NULL, "print JSON"}, {0}};
static const char *const no_settings[] = {NULL};
static const cli_syntax syntax = {
    "diverge",
    "FILE FILE",
    "Name the first launch and tensor at which two runs of the same training differ, from the "
    "files "
    "that isobit train --digests wrote. Exit status: 0 no difference, 1 a difference.\v"
    "  isobit train digits --digests cpu.jsonl --device cpu\n"
    "  isobit train digits --digests gpu.jsonl --device gpu\n"
    "  isobit diverge cpu.jsonl gpu.jsonl\n"
    "\n"
    "If a later step already begins differently, choose earlier ones: --digest-steps 1-100.",
    no_settings,
    flags,
    2,
    2};

/* What a comparison came to. */
typedef struct comparison {
    iso_digest_file files[2];
    const char *paths[2];
    const iso_digest_entry *at[2]; /* NULL: no difference */
    size_t compared;
} comparison;

/* The last step before `step` that file `a` has; 0: none. */
static uint64_t step_before(const iso_digest_file *file, uint64_t step) {
    uint64_t last = 0;
    for (size_t i = 0; i < file->count; i++)
        if (file->entries[i].step < step)
            last = file->entries[i].step;
    return last;
}

/* What a difference in what a step begins with means. */
static const char *begin_meaning(const comparison *found) {
    const iso_digest_entry *at = found->at[0];
    const char *tensor = at->tensor;
    const uint64_t before = step_before(&found->files[0], at->step);
    if (!strcmp(tensor, "data") || !strcmp(tensor, "labels") || !strcmp(tensor, "targets"))
        return "The runs were given different data.";
    if (!strncmp(tensor, "scaling", 7))
        return "The data's scaling was computed differently: on the host, so look at how isobit "
               "was "
               "built there (compiler and flags).";
    if (!strcmp(tensor, "order of samples"))
        return "The shuffle came out differently: on the host, so look at how isobit was built "
               "there.";
    if (!strcmp(tensor, "optimizer scalars"))
        return "The learning rate or another number of the optimizer differs: computed on the "
               "host, "
               "so look at how isobit was built there.";
    if (at->step > 1 && before + 1 < at->step)
        return cli_format("The difference arose between step %llu and step %llu: write digests of "
                          "those, with --digest-steps %llu-%llu.",
                          (unsigned long long)before, (unsigned long long)at->step,
                          (unsigned long long)(before ? before : 1),
                          (unsigned long long)(at->step - 1));
    return "The initial parameters differ: init-from, or how isobit was built there.";
}

static void print_side(const comparison *found, int side) {
    const iso_digest_entry *at = found->at[side];
    const iso_digest_file *file = &found->files[side];
    printf("  %s: %s", found->paths[side], at->digest);
    if (at->launch)
        printf(", by %s, variant %s (%s)", at->op, at->variant, at->file);
    printf("\n    on %s\n", file->device);
}

static void print_meaning(const comparison *found) {
    const iso_digest_entry *at = found->at[0], *other = found->at[1];
    if (!at->launch) {
        cli_print_wrapped(begin_meaning(found));
        return;
    }
    const bool same = !strcmp(at->variant, other->variant);
    cli_print_wrapped(cli_format(
        "Everything that this launch read was the same in both runs, so the kernel %s%s%s computed "
        "\"%s\" differently%s. isobit doctor checks the devices; train one of them with --variant "
        "%s=… "
        "to see whether another variant agrees.",
        at->file, same ? "" : " or ", same ? "" : other->file, at->label,
        same ? ": the same source, so suspect the device's compiler or arithmetic, or a change of "
               "that file between two builds"
             : "",
        at->op));
}

static void print_text(const comparison *found) {
    const iso_digest_entry *at = found->at[0];
    if (!at) {
        printf("No difference in %s tensors.\n", cli_count(found->compared));
        puts("Digests are taken launch by launch. If the models differ all the same, take more "
             "steps\n"
             "(--digest-steps all), and train with --variant resident=off to leave out the kernel\n"
             "that does many steps in one launch.");
        return;
    }
    printf("Step %llu, launch %llu: %s\n", (unsigned long long)at->step,
           (unsigned long long)at->launch, at->launch ? at->label : "what the step begins with");
    printf("first difference in %s (%s), after %s equal tensors\n\n", at->tensor, at->shape,
           cli_count(found->compared));
    print_side(found, 0);
    print_side(found, 1);
    putchar('\n');
    print_meaning(found);
}

static isobit_status print_json(const comparison *found) {
    iso_text text = {0};
    iso_json json = {.text = &text};
    const iso_digest_entry *at = found->at[0];
    char *line;
    iso_json_open(&json, NULL, '{');
    iso_json_bool(&json, "differ", at != NULL);
    iso_json_integer(&json, "equal_tensors", found->compared);
    if (at) {
        iso_json_integer(&json, "step", at->step);
        iso_json_integer(&json, "launch", at->launch);
        iso_json_string(&json, "label", at->label);
        iso_json_string(&json, "tensor", at->tensor);
        iso_json_open(&json, "runs", '[');
        for (int side = 0; side < 2; side++) {
            iso_json_open(&json, NULL, '{');
            iso_json_string(&json, "file", found->paths[side]);
            iso_json_string(&json, "device", found->files[side].device);
            iso_json_string(&json, "op", found->at[side]->op);
            iso_json_string(&json, "variant", found->at[side]->variant);
            iso_json_string(&json, "kernel", found->at[side]->file);
            iso_json_string(&json, "digest", found->at[side]->digest);
            iso_json_close(&json, '}');
        }
        iso_json_close(&json, ']');
    }
    iso_json_close(&json, '}');
    ISO_TRY(iso_text_take(&text, &line));
    puts(line);
    free(line);
    return ISOBIT_OK;
}

int cmd_diverge(int argc, char **argv) {
    cli_arguments arguments;
    int result = cli_parse(&syntax, argc, argv, &arguments);
    if (result >= 0)
        return result;
    comparison found = {.paths = {arguments.words[0], arguments.words[1]}};
    isobit_status status = ISOBIT_OK;
    for (int side = 0; side < 2 && status == ISOBIT_OK; side++)
        status = iso_digest_file_read(&found.files[side], found.paths[side]);
    if (status == ISOBIT_OK)
        status = iso_digest_files_match(&found.files[0], &found.files[1]);
    if (status == ISOBIT_OK) {
        iso_digest_files_compare(&found.files[0], &found.files[1], &found.at[0], &found.at[1],
                                 &found.compared);
        if (!found.compared && !found.at[0])
            status = iso_fail(ISOBIT_ERROR_ARGUMENT, "the files have no step in common");
        else if (arguments.flags[JSON])
            status = print_json(&found);
        else
            print_text(&found);
    }
    result = status != ISOBIT_OK ? cli_fail(status) : found.at[0] ? CLI_FAILED : CLI_OK;
    for (int side = 0; side < 2; side++)
        if (found.files[side].document)
            iso_digest_file_free(&found.files[side]);
    cli_arguments_free(&arguments);
    return result;
}
