/* The program, run as its users run it, and what it says. */
#ifndef ISO_TEST_PROGRAM_H
#define ISO_TEST_PROGRAM_H

#include "test_data.h"

#include <jansson.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* What a command said. */
typedef struct said {
    int status;
    char out[1 << 16], err[1 << 14];
} said;

static inline void slurp(const char *path, char *text, size_t room) {
    FILE *file = fopen(path, "rb");
    cr_assert(file);
    text[fread(text, 1, room - 1, file)] = '\0';
    fclose(file);
}

/* Run "isobit ARGUMENTS" in the test's folder; arguments as in a shell. */
static inline const said *run(const char *arguments) {
    static said result;
    char command[4096];
    snprintf(command, sizeof command, "'%s' %s >out 2>err", ISOBIT_PROGRAM, arguments);
    const int status = system(command);
    cr_assert(WIFEXITED(status), "isobit %s: ended by a signal", arguments);
    result.status = WEXITSTATUS(status);
    slurp("out", result.out, sizeof result.out);
    slurp("err", result.err, sizeof result.err);
    return &result;
}

static inline const said *works(const char *arguments) {
    const said *result = run(arguments);
    cr_assert_eq(result->status, 0, "isobit %s: %s", arguments, result->err);
    cr_assert_str_empty(result->err, "isobit %s: %s", arguments, result->err);
    return result;
}

/* One line that begins with "isobit: " and holds `part`, and nothing on standard output. */
static inline void fails(const char *arguments, int status, const char *part) {
    const said *result = run(arguments);
    const char *end = strchr(result->err, '\n');
    cr_assert_eq(result->status, status, "isobit %s: %d, %s", arguments, result->status,
                 result->err);
    cr_assert(!strncmp(result->err, "isobit: ", 8), "isobit %s: %s", arguments, result->err);
    cr_assert(end && !end[1], "isobit %s: not one line: %s", arguments, result->err);
    cr_assert(strstr(result->err, part), "isobit %s: %s", arguments, result->err);
    cr_assert_str_empty(result->out, "isobit %s: %s", arguments, result->out);
}

static inline bool there(const char *path) {
    struct stat info;
    return !lstat(path, &info);
}

static inline void has_text(const char *text, const char *part) {
    cr_assert(strstr(text, part), "\"%s\" is not in:\n%s", part, text);
}

static inline json_t *json_of(const char *text) {
    json_error_t why;
    json_t *object = json_loads(text, 0, &why);
    cr_assert(object, "%s in: %s", why.text, text);
    return object;
}

#endif
