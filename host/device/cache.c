#include "device/cache.h"

#include "base/fault.h"
#include "base/hash.h"
#include "base/memory.h"
#include "device/build.h"
#include "device/cache_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* An entry: the magic with the format's version, the payload's length (8 bytes, low first), the
 * SHA-256 of the key and the payload (so that an entry under another's name is none), the payload:
 * a binary of the program. */
enum { MAGIC_SIZE = 16, HEADER_SIZE = MAGIC_SIZE + 8 + ISO_HASH_SIZE };
static const char magic[MAGIC_SIZE] = "isobit program1";

/* No driver makes binaries of this size from our kernels; a file that claims more is no entry. */
enum { LARGEST = 64 << 20 };

typedef struct entry_name {
    char text[ISO_HEX_SIZE + sizeof ISO_CACHE_SUFFIX];
} entry_name;

static entry_name name_of(const unsigned char *key) {
    entry_name name;
    char hex[ISO_HEX_SIZE];
    iso_hash_hex(key, hex);
    snprintf(name.text, sizeof name.text, "%s%s", hex, ISO_CACHE_SUFFIX);
    return name;
}

static void make_header(unsigned char header[HEADER_SIZE], const unsigned char *key,
                        const unsigned char *payload, size_t length) {
    memcpy(header, magic, MAGIC_SIZE);
    for (int i = 0; i < 8; i++)
        header[MAGIC_SIZE + i] = (unsigned char)((uint64_t)length >> (8 * i));
    iso_hash hash = iso_hash_new();
    iso_hash_add(&hash, key, ISO_HASH_SIZE);
    iso_hash_add(&hash, payload, length);
    iso_hash_end(&hash, header + MAGIC_SIZE + 8);
}

bool iso_cache_entry_valid(const unsigned char *entry, size_t size, const unsigned char *key,
                           const unsigned char **payload, size_t *length) {
    unsigned char header[HEADER_SIZE];
    if (size <= HEADER_SIZE || size > LARGEST)
        return false;
    make_header(header, key, entry + HEADER_SIZE, size - HEADER_SIZE);
    if (memcmp(header, entry, HEADER_SIZE))
        return false;
    *payload = entry + HEADER_SIZE;
    *length = size - HEADER_SIZE;
    return true;
}

/* ---------------------------------------------------------------------------------- loading -- */

/* A regular file of ours that nobody else may write, read whole; NULL if it is anything else. */
unsigned char *iso_cache_read_file(int folder, const char *name, size_t *size) {
    /* O_NONBLOCK: a planted FIFO must not hang us. */
    int file = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    struct stat info;
    unsigned char *bytes = NULL;
    if (file < 0)
        return NULL;
    if (fstat(file, &info) || !S_ISREG(info.st_mode) || info.st_uid != geteuid() ||
        (info.st_mode & (S_IWGRP | S_IWOTH)) || info.st_size > LARGEST)
        goto done;
    *size = (size_t)info.st_size;
    if (iso_alloc(&bytes, *size, 1) != ISOBIT_OK)
        goto done;
    *size = 0;
    while (*size < (size_t)info.st_size) {
        ssize_t got = read(file, bytes + *size, (size_t)info.st_size - *size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break; /* shorter than it said: the checksum will tell */
        *size += (size_t)got;
    }
    futimens(file, NULL); /* used now: the oldest are removed first */
done:
    close(file);
    return bytes;
}

/* Whether a failure says nothing about the entry. */
static bool is_passing(cl_int code) {
    return code == CL_DEVICE_NOT_AVAILABLE || code == CL_MEM_OBJECT_ALLOCATION_FAILURE ||
           code == CL_OUT_OF_RESOURCES || code == CL_OUT_OF_HOST_MEMORY;
}

bool iso_cache_load(isobit_context *context, const unsigned char *hash, const char *options,
                    cl_program *out) {
    entry_name name = name_of(hash);
    const unsigned char *payload;
    size_t size = 0, length;
    cl_int code = CL_INVALID_BINARY;
    int folder = iso_cache_folder(false);
    if (folder < 0)
        return false;
    unsigned char *entry = iso_cache_read_file(folder, name.text, &size);
    if (!entry && size)
        code = CL_OUT_OF_HOST_MEMORY;
    else if (entry && iso_cache_entry_valid(entry, size, hash, &payload, &length))
        code = iso_build_binary(out, context, payload, length, options);
    free(entry);
    if (code != CL_SUCCESS && !is_passing(code))
        unlinkat(folder, name.text, 0); /* bad, if it is there: make room for a good one */
    close(folder);
    return code == CL_SUCCESS;
}

bool iso_cache_has(const unsigned char *hash) {
    const entry_name name = name_of(hash);
    struct stat info;
    const int folder = iso_cache_folder(false);
    if (folder < 0)
        return false;
    const bool found = !fstatat(folder, name.text, &info, AT_SYMLINK_NOFOLLOW);
    close(folder);
    return found;
}

/* ----------------------------------------------------------------------------------- saving -- */

static bool fails(void) {
    errno = ENOSPC;
    return iso_fault_now(ISO_FAULT_FILE);
}

/* Written aside and renamed: a reader sees a whole entry or none, also beside another writer. No
 * fsync: what a power cut leaves fails its checksum and is made again. */
bool iso_cache_write_file(int folder, const char *name, const unsigned char *entry, size_t size) {
    static _Thread_local unsigned counter;
    struct timespec now;
    char aside[64];
    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(aside, sizeof aside, "%ld-%lx-%u%s", (long)getpid(), (unsigned long)now.tv_nsec,
             counter++, ISO_CACHE_ASIDE);
    int file =
        fails() ? -1
                : openat(folder, aside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0)
        return false;
    size_t done = 0;
    while (done < size) {
        ssize_t wrote = fails() ? -1 : write(file, entry + done, size - done);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            break;
        done += (size_t)wrote;
    }
    if (!close(file) && done == size && !fails() && !renameat(folder, aside, folder, name))
        return true;
    const int why = errno;
    unlinkat(folder, aside, 0);
    errno = why;
    return false;
}

void iso_cache_save(const unsigned char *hash, const unsigned char *binary, size_t length) {
    entry_name name = name_of(hash);
    struct stat info;
    unsigned char *entry;
    int folder = length && length <= LARGEST - HEADER_SIZE ? iso_cache_folder(true) : -1;
    if (folder < 0)
        return;
    if (fstatat(folder, name.text, &info, AT_SYMLINK_NOFOLLOW) &&
        iso_alloc(&entry, HEADER_SIZE + length, 1) == ISOBIT_OK) {
        make_header(entry, hash, binary, length);
        memcpy(entry + HEADER_SIZE, binary, length);
        iso_cache_write_file(folder, name.text, entry, HEADER_SIZE + length);
        iso_cache_shrink(folder, ISO_CACHE_MOST);
        free(entry);
    }
    close(folder);
}
