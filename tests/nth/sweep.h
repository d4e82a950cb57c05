/* Fail the Nth: something is run again and again; the first allocation, write or OpenCL call in it
 * fails, then the second, until it gets to its end. Each time it must have failed with a clear
 * message, or done all that it does when nothing fails. */
#ifndef ISO_TEST_SWEEP_H
#define ISO_TEST_SWEEP_H

#include <isobit/isobit.h>

enum { SWEEP_DIGEST = 65 };

/* What one run came to. */
typedef struct sweep_outcome {
    bool done;                 /* it says that it succeeded */
    char message[4096];        /* if not: what it says */
    char digest[SWEEP_DIGEST]; /* of all that it has made, where done */
    char fault[512];           /* what is wrong with the way it failed, or "" */
} sweep_outcome;

typedef struct sweep_case {
    const char *name;
    void (*prepare)(const void *what); /* the same state before each run; NULL: nothing to do */
    void (*run)(const void *what, sweep_outcome *out);  /* something fails in here */
    void (*look)(const void *what, sweep_outcome *out); /* and here no more: at what there is now */
    const void *what;
} sweep_case;

/* Ending with a NULL name. */
const sweep_case *sweep_functions(void);
void sweep_functions_end(void);
const sweep_case *sweep_commands(void);

/* An assertion about the test itself. */
void sweep_must(bool good, const char *what);

/* Files: write one; remove a tree; copy the files of a folder into a new one; SHA-256 of a file's
 * bytes added to `digest` ("none" where there is no file). */
void sweep_write(const char *path, const char *text);
void sweep_remove(const char *path);
void sweep_copy(const char *from, const char *to);
/* A copy of a text with the character behind the last `mark` replaced. */
void sweep_change(const char *from, const char *to, const char *mark, char character);
void sweep_digest_files(const char *const *paths, char digest[SWEEP_DIGEST]);
/* What no failure may leave in a folder: files written aside. Puts it into out->fault. */
void sweep_find_rest(const char *folder, sweep_outcome *out);

#endif
