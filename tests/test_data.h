/* What the tests of host/data share. */
#ifndef ISO_TEST_DATA_H
#define ISO_TEST_DATA_H

#include "data/reader.h"
#include "folder.h"

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

#endif
