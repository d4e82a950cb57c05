/* What the tests of operations share: bench's kinds, which verify every variant. */
#ifndef ISO_TEST_KINDS_H
#define ISO_TEST_KINDS_H

#include "bench/verify.h"
#include "support.h"

/* Every variant of the operations that are wanted is right; how many there were. */
static inline size_t verify_kinds(bool (*wanted)(const char *op)) {
    isobit_context *context = open_device();
    const iso_yardsticks none = {.count = 0};
    const iso_subject_kind *kind;
    size_t tested = 0;
    for (size_t i = 0; (kind = iso_subject_kind_at(i)); i++) {
        iso_runners runners;
        if (!wanted(kind->op))
            continue;
        OK(iso_runners_new(&runners, context, kind, NULL, &none));
        OK(iso_verify(&runners, context, kind, NULL));
        cr_assert(runners.count > 0, "%s has no variant", kind->op);
        for (size_t j = 0; j < runners.count; j++, tested++)
            cr_assert_eq(runners.list[j].verdict,
                         runners.list[j].variant->inexact ? ISO_INEXACT : ISO_EXACT, "%s %s %s: %s",
                         kind->op, kind->form, runners.list[j].name, runners.list[j].why);
        iso_runners_free(&runners);
    }
    isobit_context_free(context);
    return tested;
}

#endif
