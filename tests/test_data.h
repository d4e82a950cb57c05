/* What the tests of host/data share. */
#ifndef ISO_TEST_DATA_H
#define ISO_TEST_DATA_H

#include "data/reader.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORKS(call) cr_assert_eq((call), ISOBIT_OK, "%s", isobit_error())

/* The call fails with this status and exactly this message. */
#define REFUSED(call, expected, message)                                                           \
    do {                                                                                           \
        isobit_status refused_ = (call);                                                           \
        cr_assert_eq(refused_, expected, "%s: %s", isobit_status_name(refused_), isobit_error());  \
        cr_assert_str_eq(isobit_error(), message, "the message is: %s", isobit_error());           \
    } while (0)
#define BAD_FORMAT(call, message) REFUSED(call, ISOBIT_ERROR_FORMAT, message)
#define BAD_ARGUMENT(call, message) REFUSED(call, ISOBIT_ERROR_ARGUMENT, message)

#define TEST_FILE(name) ISOBIT_TEST_DATA "/" name

/* Write a file; the test's folder is the current one. */
static inline void put_file(const char *path, const void *bytes, size_t length) {
    FILE *file = fopen(path, "wb");
    cr_assert(file);
    cr_assert_eq(fwrite(bytes, 1, length, file), length);
    cr_assert_eq(fclose(file), 0);
}

static inline void put_text(const char *path, const char *text) {
    put_file(path, text, strlen(text));
}

/* A new folder of the test's own, and into it. */
static inline void enter_folder(void) {
    char folder[] = "/tmp/isobit-test-XXXXXX";
    cr_assert(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
}

/* Make it empty again and leave. */
static inline void leave_folder(void) {
    char folder[256], command[320];
    cr_assert(getcwd(folder, sizeof folder));
    cr_assert_eq(chdir("/"), 0);
    cr_assert(!strncmp(folder, "/tmp/isobit-test-", 17));
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    cr_assert_eq(system(command), 0);
}

#endif
