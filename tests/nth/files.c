#define _XOPEN_SOURCE 700 /* nftw */
#include "sweep.h"

#include "base/file.h"
#include "base/hash.h"

#include <ctype.h>
#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *where) {
    (void)info;
    (void)kind;
    (void)where;
    return remove(path);
}

void sweep_remove(const char *path) {
    if (iso_file_exists(path))
        sweep_must(!nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS), path);
}

static void copy_file(const char *from, const char *to) {
    char *bytes;
    size_t length;
    sweep_must(!iso_file_read(from, 1 << 24, &bytes, &length), from);
    FILE *file = fopen(to, "wb");
    sweep_must(file && fwrite(bytes, 1, length, file) == length && !fclose(file), to);
    free(bytes);
}

void sweep_copy(const char *from, const char *to) {
    char source[300], target[300];
    sweep_remove(to);
    sweep_must(!mkdir(to, 0700), to);
    DIR *folder = opendir(from);
    sweep_must(folder, from);
    for (const struct dirent *entry; (entry = readdir(folder));) {
        if (*entry->d_name == '.')
            continue;
        snprintf(source, sizeof source, "%s/%.200s", from, entry->d_name);
        snprintf(target, sizeof target, "%s/%.200s", to, entry->d_name);
        copy_file(source, target);
    }
    closedir(folder);
}

void sweep_write(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    sweep_must(file && fputs(text, file) >= 0 && !fclose(file), path);
}

void sweep_change(const char *from, const char *to, const char *mark, char character) {
    char *bytes, *last = NULL;
    size_t length;
    sweep_must(!iso_file_read(from, 1 << 24, &bytes, &length), from);
    for (char *at = bytes; (at = strstr(at, mark)); last = at)
        at += strlen(mark);
    sweep_must(last, mark);
    *last = character;
    sweep_write(to, bytes);
    free(bytes);
}

void sweep_digest_files(const char *const *paths, char digest[SWEEP_DIGEST]) {
    unsigned char sum[ISO_HASH_SIZE];
    iso_hash hash = iso_hash_new();
    for (; *paths; paths++) {
        char *bytes;
        size_t length;
        iso_hash_add(&hash, *paths, strlen(*paths));
        if (!iso_file_exists(*paths)) {
            iso_hash_add(&hash, "none", 4);
            continue;
        }
        sweep_must(!iso_file_read(*paths, 1 << 24, &bytes, &length), *paths);
        iso_hash_add(&hash, bytes, length);
        free(bytes);
    }
    iso_hash_end(&hash, sum);
    iso_hash_hex(sum, digest);
}

/* NAME.XXXXXX, or what the cache calls it. */
static bool is_aside(const char *name) {
    const char *end = strrchr(name, '.');
    size_t letters = 0;
    if (!end)
        return false;
    while (isalnum((unsigned char)end[1 + letters]))
        letters++;
    return (letters == 6 && !end[7] && strcmp(end, ".tuning") != 0) || strstr(name, "aside");
}

void sweep_find_rest(const char *path, sweep_outcome *out) {
    DIR *folder = opendir(path);
    for (const struct dirent *entry; folder && (entry = readdir(folder));)
        if (*entry->d_name != '.' && is_aside(entry->d_name))
            snprintf(out->fault, sizeof out->fault, "leaves %s/%s behind", path, entry->d_name);
    if (folder)
        closedir(folder);
}
