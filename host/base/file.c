#include "base/file.h"

#include "base/fault.h"
#include "base/memory.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static isobit_status file_error(const char *path, const char *what) {
    return iso_fail(ISOBIT_ERROR_FILE, "%s: cannot %s: %s", path, what, strerror(errno));
}

/* Read up to `room` bytes; 0 at the end, -1 with the message set. */
static ssize_t read_some(int descriptor, const char *path, char *bytes, size_t room) {
    ssize_t got;
    do
        got = read(descriptor, bytes, room < INT_MAX ? room : INT_MAX);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        file_error(path, "read");
    return got;
}

static isobit_status too_large(const char *path, size_t most) {
    return iso_fail(ISOBIT_ERROR_FORMAT, "%s: holds more than the %zu bytes it may", path, most);
}

/* @param expected how many bytes there probably are; 0: unknown */
static isobit_status read_all(int descriptor, const char *path, size_t expected, size_t most,
                              char **bytes, size_t *length) {
    enum { LEAST = 1 << 16 };
    char *buffer = NULL;
    size_t used = 0, capacity = 0, first = expected < LEAST ? LEAST : expected + 2;
    isobit_status status = ISOBIT_OK;
    for (;;) {
        if (capacity - used < 2) {
            capacity = capacity ? capacity * 2 : first;
            ISO_DO(iso_resize(&buffer, capacity, 1));
        }
        ssize_t got = read_some(descriptor, path, buffer + used, capacity - used - 1);
        if (got < 0) {
            status = ISOBIT_ERROR_FILE;
            goto done;
        }
        if (!got)
            break;
        used += (size_t)got;
        if (used > most) {
            status = too_large(path, most);
            goto done;
        }
    }
    buffer[used] = '\0';
    *bytes = buffer;
    *length = used;
    return ISOBIT_OK;
done:
    free(buffer);
    return status == ISOBIT_ERROR_MEMORY ? iso_fail_at(status, "%s", path) : status;
}

isobit_status iso_file_read(const char *path, size_t most, char **bytes, size_t *length) {
    struct stat info;
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return file_error(path, "open");
    const mode_t mode = fstat(descriptor, &info) ? 0 : info.st_mode;
    const bool endless = S_ISBLK(mode) || (S_ISCHR(mode) && !isatty(descriptor));
    const size_t size = S_ISREG(mode) ? (size_t)info.st_size : 0;
    const isobit_status status =
        S_ISDIR(mode) || endless ? iso_fail(ISOBIT_ERROR_FILE, "%s: is a %s, not a file", path,
                                            endless ? "device" : "folder")
        : size > most            ? too_large(path, most)
                                 : read_all(descriptor, path, size, most, bytes, length);
    close(descriptor);
    return status;
}

/* ------------------------------------------------------------------------------ writing -- */

/* Whether a test wants this operation to fail. */
static bool fails(void) {
    if (!iso_fault_now(ISO_FAULT_FILE))
        return false;
    errno = ENOSPC;
    return true;
}

static isobit_status write_all(int descriptor, const char *path, const char *bytes, size_t length) {
    const bool full = fails(); /* a full disk takes a part of it first */
    for (size_t done = 0; done < length;) {
        size_t most = full ? (length - done) / 2 : length - done;
        ssize_t wrote = most ? write(descriptor, bytes + done, most) : -1;
        if (!most)
            errno = ENOSPC;
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return file_error(path, "write");
        done += (size_t)wrote;
    }
    return ISOBIT_OK;
}

static isobit_status sync_file(int descriptor, const char *path) {
    return fails() || fsync(descriptor) ? file_error(path, "sync") : ISOBIT_OK;
}

/* The folder that a path is in (the caller frees it), and where its last name begins. */
static isobit_status folder_of(char **out, const char **name, const char *path) {
    const char *slash = strrchr(path, '/');
    *name = slash ? slash + 1 : path;
    return slash ? iso_copy_n(out, path, slash == path ? 1 : (size_t)(slash - path))
                 : iso_copy(out, ".");
}

static isobit_status sync_folder_of(const char *path) {
    const char *name;
    char *folder = NULL;
    ISO_TRY(folder_of(&folder, &name, path));
    int descriptor = fails() ? -1 : open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    isobit_status status = ISOBIT_OK;
    if (descriptor < 0 || fails() || (fsync(descriptor) && errno != EINVAL))
        status = file_error(folder, "sync");
    if (descriptor >= 0)
        close(descriptor);
    free(folder);
    return status;
}

/* Give a fresh file the mode that open() would have, which mkstemp() leaves at 0600; but in a
 * folder that is the user's alone it stays that. */
static isobit_status set_mode(int descriptor, const char *path) {
    const char *name;
    char *folder;
    struct stat info;
    mode_t mask = umask(0);
    umask(mask);
    ISO_TRY(folder_of(&folder, &name, path));
    const bool private = stat(folder, &info) == 0 && !(info.st_mode & 077);
    free(folder);
    return fails() || fchmod(descriptor, private ? 0600 : 0666 & ~mask)
               ? file_error(path, "set the mode of")
               : ISOBIT_OK;
}

isobit_status iso_file_write(const char *path, const void *bytes, size_t length) {
    char *aside = NULL;
    int descriptor = -1;
    isobit_status status = iso_format(&aside, "%s.XXXXXX", path);
    if (status != ISOBIT_OK)
        return status;
    descriptor = fails() ? -1 : mkstemp(aside);
    if (descriptor < 0) {
        status = file_error(path, "write");
        free(aside);
        return status;
    }
    ISO_DO(set_mode(descriptor, path));
    ISO_DO(write_all(descriptor, path, bytes, length));
    ISO_DO(sync_file(descriptor, path));
    if (fails() || rename(aside, path)) {
        status = file_error(path, "rename into place");
        goto done;
    }
    status = sync_folder_of(path);
done:
    close(descriptor);
    if (status != ISOBIT_OK)
        unlink(aside);
    free(aside);
    return status;
}

isobit_status iso_lines_open(int *out, const char *path, int flags) {
    int lines = fails() ? -1 : open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | flags, 0666);
    if (lines < 0)
        return file_error(path, "write");
    *out = lines;
    return ISOBIT_OK;
}

isobit_status iso_lines_add(int lines, const char *path, const char *line) {
    struct stat before;
    char *whole;
    if (fstat(lines, &before))
        return file_error(path, "write");
    ISO_TRY(iso_format(&whole, "%s\n", line));
    isobit_status status = write_all(lines, path, whole, strlen(whole));
    free(whole);
    if (status != ISOBIT_OK && S_ISREG(before.st_mode) && ftruncate(lines, before.st_size))
        return iso_fail(status, "%s; its last line is not whole", isobit_error());
    return status;
}

/* "model.safetensors.aB3x9Z" beside "model.safetensors": mkstemp's six letters and digits. */
static bool is_aside(const char *entry, const char *name) {
    const size_t length = strlen(name);
    size_t letters = 0;
    if (strncmp(entry, name, length) != 0 || entry[length] != '.')
        return false;
    while (isalnum((unsigned char)entry[length + 1 + letters]))
        letters++;
    return letters == 6 && !entry[length + 7];
}

void iso_file_sweep(const char *path) {
    const char *name;
    char *folder;
    if (folder_of(&folder, &name, path) != ISOBIT_OK)
        return;
    DIR *entries = opendir(folder);
    for (struct dirent *entry; entries && (entry = readdir(entries));)
        if (is_aside(entry->d_name, name))
            unlinkat(dirfd(entries), entry->d_name, 0);
    if (entries)
        closedir(entries);
    free(folder);
}

bool iso_file_exists(const char *path) {
    struct stat info;
    return lstat(path, &info) == 0;
}

isobit_status iso_folder_make_new(const char *path, bool *made) {
    const bool new = !fails() && !mkdir(path, 0777);
    if (!new &&errno != EEXIST)
        return file_error(path, "make the folder");
    *made = new;
    return ISOBIT_OK;
}

isobit_status iso_folder_make(const char *path) {
    char *copy;
    isobit_status status = ISOBIT_OK;
    ISO_TRY(iso_copy(&copy, path));
    for (char *at = copy + 1; status == ISOBIT_OK; at++) {
        if (*at && *at != '/')
            continue;
        char kept = *at;
        *at = '\0';
        struct stat info;
        if ((fails() || mkdir(copy, 0777)) &&
            (errno != EEXIST || stat(copy, &info) || !S_ISDIR(info.st_mode)))
            status = file_error(copy, "make the folder");
        *at = kept;
        if (!kept)
            break;
    }
    free(copy);
    return status;
}
