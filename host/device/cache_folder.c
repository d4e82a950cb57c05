#include "device/cache_folder.h"

#include "base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* The folder's path (the caller frees it), or NULL: there is none. */
static isobit_status folder_path(char **out) {
    const char *ours = getenv("ISOBIT_CACHE"), *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    *out = NULL;
    if (ours && !strcmp(ours, "off"))
        return ISOBIT_OK;
    if (ours && *ours)
        return iso_copy(out, ours);
    if (cache && *cache == '/') /* the XDG specification: relative ones are ignored */
        return iso_format(out, "%s/isobit", cache);
    return home && *home == '/' ? iso_format(out, "%s/.cache/isobit", home) : ISOBIT_OK;
}

/* Private to the user, with those above it. */
static void make_folders(char *path) {
    for (char *at = path + 1; *at; at++)
        if (*at == '/') {
            *at = '\0';
            mkdir(path, 0700);
            *at = '/';
        }
    mkdir(path, 0700);
}

int iso_cache_folder(bool make) {
    char *path;
    struct stat info;
    isobit_status status = folder_path(&path);
    errno = status == ISOBIT_OK ? ENOENT : ENOMEM;
    if (status != ISOBIT_OK || !path)
        return -1;
    if (make)
        make_folders(path);
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    free(path);
    /* Somebody else's program would run as us. */
    if (folder >= 0 && (fstat(folder, &info) || info.st_uid != geteuid() ||
                        (info.st_mode & (S_IWGRP | S_IWOTH)))) {
        close(folder);
        errno = EACCES;
        return -1;
    }
    return folder;
}

/* ---------------------------------------------------------------------------------- the size -- */

typedef struct old_file {
    char name[NAME_MAX + 1];
    uint64_t bytes;
    struct timespec used;
} old_file;

typedef struct old_files {
    old_file *list;
    size_t count;
    uint64_t bytes;
} old_files;

static bool ends_with(const char *text, const char *end) {
    size_t length = strlen(text), tail = strlen(end);
    return length > tail && !strcmp(text + length - tail, end);
}

static int by_use(const void *a, const void *b) {
    const struct timespec *x = &((const old_file *)a)->used, *y = &((const old_file *)b)->used;
    if (x->tv_sec != y->tv_sec)
        return x->tv_sec < y->tv_sec ? -1 : 1;
    return (x->tv_nsec > y->tv_nsec) - (x->tv_nsec < y->tv_nsec);
}

/* Note an entry; remove what was left half-written an hour ago. */
static void look_at(int folder, const char *name, old_files *files) {
    enum { AN_HOUR = 3600 };
    struct stat info;
    bool aside = ends_with(name, ISO_CACHE_ASIDE);
    if (!aside && !ends_with(name, ISO_CACHE_SUFFIX))
        return;
    if (fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW))
        return;
    if (aside) {
        if (info.st_mtime + AN_HOUR < time(NULL))
            unlinkat(folder, name, 0);
        return;
    }
    if (iso_resize(&files->list, files->count + 1, sizeof *files->list) != ISOBIT_OK)
        return;
    old_file *file = &files->list[files->count++];
    strncpy(file->name, name, sizeof file->name - 1);
    file->name[sizeof file->name - 1] = '\0';
    file->bytes = (uint64_t)info.st_size;
    file->used = info.st_mtim;
    files->bytes += file->bytes;
}

void iso_cache_shrink(int folder, uint64_t most) {
    int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = again < 0 ? NULL : fdopendir(again);
    old_files files = {0};
    const struct dirent *entry;
    if (!entries) {
        if (again >= 0)
            close(again);
        return;
    }
    while ((entry = readdir(entries)))
        look_at(folder, entry->d_name, &files);
    closedir(entries);
    if (files.bytes > most) {
        qsort(files.list, files.count, sizeof *files.list, by_use);
        for (size_t i = 0; i < files.count && files.bytes > most; i++) {
            unlinkat(folder, files.list[i].name, 0);
            files.bytes -= files.list[i].bytes;
        }
    }
    free(files.list);
}
