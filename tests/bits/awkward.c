/* Every kernel variant of every operation that bench knows is verified at sizes that are small and
 * hard to get right: for Oclgrind, which watches every access (tests/parts/oclgrind.sh), and
 * tests/gpu. Run as: bits_awkward [DEVICE [TURN TURNS]], TURN being from 0: then every TURNS-th
 * operation alone. */
#include "bench/verify.h"
#include "too_large.h"

#include <stdio.h>
#include <stdlib.h>

/* By how many sizes a shape has: single elements, one more and one less than a vector or a tile,
 * and sums of two chunks, the second of a few terms. */
static const char *const shapes[] = {
    [1] = "1 17 261",                             /* floats */
    [2] = "1x2 2x17 5x16 3x261",                  /* rows, columns */
    [3] = "1x1x1 2x17x3 9x15x16 3x33x5 2x3x261",  /* rows, columns, depth */
    [6] = "1x1x3x3x2x2 2x3x5x7x2x3 1x17x4x5x3x2", /* samples, planes, window */
    [7] =
        "1x1x3x3x1x2x2 2x3x5x7x5x3x2 2x30x4x4x17x3x3", /* the same with filters before the window */
};
static size_t turn, turns = 1, tried, wrong, large;

static isobit_status verify(isobit_context *context, const iso_subject_kind *kind) {
    const iso_yardsticks none = {.count = 0};
    iso_runners runners;
    ISO_TRY(iso_runners_new(&runners, context, kind, NULL, &none));
    isobit_status status = iso_verify(&runners, context, kind, shapes[kind->dims]);
    for (size_t i = 0; i < runners.count && status == ISOBIT_OK; i++, tried++) {
        const iso_runner *runner = &runners.list[i];
        if (iso_runner_good(runner))
            continue;
        const bool fits = !too_large(runner->variant, context->target.device_class, runner->why);
        printf("%s %s %s %s: %s\n", fits ? "WRONG" : "large", kind->op, kind->form, runner->name,
               runner->why);
        wrong += fits;
        large += !fits;
    }
    iso_runners_free(&runners);
    return status;
}

static isobit_status try_all(const char *device) {
    isobit_context *context;
    const iso_subject_kind *kind;
    ISO_TRY(iso_context_open(&context, device, NULL, NULL));
    isobit_status status = ISOBIT_OK;
    for (size_t i = turn; (kind = iso_subject_kind_at(i)) && status == ISOBIT_OK; i += turns)
        status = verify(context, kind);
    isobit_context_free(context);
    return status;
}

int main(int argc, char **argv) {
    if (argc > 3) {
        turn = strtoul(argv[2], NULL, 10);
        turns = strtoul(argv[3], NULL, 10);
    }
    if (turn >= turns || try_all(argc > 1 ? argv[1] : "") != ISOBIT_OK) {
        fprintf(stderr, "bits_awkward: %s\n", isobit_error());
        return 1;
    }
    printf("%zu tried, %zu wrong, %zu too large for this device\n", tried, wrong, large);
    return wrong || (large == tried && turns == 1);
}
