/* Folders for tests, gone when the test's process ends, whether it passed or failed. */
#ifndef ISO_TEST_FOLDER_H
#define ISO_TEST_FOLDER_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_FOLDERS = 8, FOLDER_PATH = 256 };

static struct {
    char paths[MOST_FOLDERS][FOLDER_PATH];
    size_t count;
    pid_t owner; /* a process that the test starts must not take them away */
} test_folders;

static inline void remove_folders(void) {
    char command[FOLDER_PATH + 16];
    if (getpid() != test_folders.owner || chdir("/") != 0)
        return;
    for (; test_folders.count; test_folders.count--) {
        snprintf(command, sizeof command, "rm -rf '%s'",
                 test_folders.paths[test_folders.count - 1]);
        cr_assert_eq(system(command), 0);
    }
}

/* A new folder in `above`, an absolute path, or where that cannot be, NULL. */
static inline const char *try_folder(const char *above) {
    char *path = test_folders.paths[test_folders.count];
    cr_assert(test_folders.count < MOST_FOLDERS);
    snprintf(path, FOLDER_PATH, "%s/isobit-test-XXXXXX", above);
    if (!mkdtemp(path))
        return NULL;
    if (!test_folders.owner)
        atexit(remove_folders);
    test_folders.owner = getpid();
    test_folders.count++;
    return path;
}

/* A new folder where temporary files go. */
static inline const char *make_folder(void) {
    const char *above = getenv("TMPDIR");
    const char *path = try_folder(above && *above == '/' ? above : "/tmp");
    cr_assert(path);
    return path;
}

/* The same, and into it. */
static inline void enter_folder(void) { cr_assert_eq(chdir(make_folder()), 0); }

/* A folder in memory where there is one: for files that are synced to disk very often. */
static inline void enter_fast_folder(void) {
    const char *path = try_folder("/dev/shm");
    cr_assert_eq(chdir(path ? path : make_folder()), 0);
}

/* Out of it, and away with all that were made. */
static inline void leave_folder(void) { remove_folders(); }

/* A path in a test's own folder, made at the first call; for a few calls on. */
static inline const char *inside(const char *name) {
    static char paths[4][3 * FOLDER_PATH];
    static unsigned next;
    char *path = paths[next++ % 4];
    if (!test_folders.count)
        make_folder();
    snprintf(path, sizeof *paths, "%s/%s", test_folders.paths[0], name);
    return path;
}

#endif
