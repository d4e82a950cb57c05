#include "data/zip.h"

#include "base/memory.h"
#include "data/inflate.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* Fixed parts of the records, and their signatures. */
enum { END_SIZE = 22, CENTRAL_SIZE = 46, LOCAL_SIZE = 30, MOST_COMMENT = 65535 };
#define END_MARK UINT32_C(0x06054b50)
#define CENTRAL_MARK UINT32_C(0x02014b50)
#define LOCAL_MARK UINT32_C(0x04034b50)

static uint32_t number(const char *at, size_t bytes) {
    uint32_t value = 0;
    for (size_t i = bytes; i-- > 0;)
        value = value << 8 | (unsigned char)at[i];
    return value;
}

static isobit_status damaged(const char *path, size_t at, const char *what) {
    return iso_fail(ISOBIT_ERROR_FORMAT, "%s: byte %zu: %s", path, at, what);
}

/* Where the central directory is, from the record at the end of the archive. */
static isobit_status find_directory(iso_bytes archive, size_t *begin, size_t *members,
                                    const char *path) {
    size_t least =
        archive.length > END_SIZE + MOST_COMMENT ? archive.length - END_SIZE - MOST_COMMENT : 0;
    if (!archive.length)
        return iso_fail(ISOBIT_ERROR_FORMAT, "%s: the file is empty", path);
    for (size_t at = archive.length; at-- > least;) {
        const char *end = archive.bytes + at;
        if (archive.length - at < END_SIZE || number(end, 4) != END_MARK)
            continue;
        *members = number(end + 10, 2);
        *begin = number(end + 16, 4);
        if (number(end + 4, 2) || number(end + 6, 2))
            return damaged(path, at + 4, "a zip archive in several parts");
        if (*members == 0xFFFF || *begin == UINT32_MAX)
            return damaged(path, at + 10, "a zip64 archive (4 GiB and more); save smaller arrays");
        if (*begin > at)
            return damaged(path, at + 16, "the zip directory is said to begin behind its end");
        return ISOBIT_OK;
    }
    return iso_fail(ISOBIT_ERROR_FORMAT,
                    "%s: not a zip archive, or cut short: the directory at its end is missing",
                    path);
}

/* Take the member that the directory entry at `at` describes; it has CENTRAL_SIZE bytes. */
static isobit_status take_member(iso_zip_member *out, iso_bytes archive, size_t at,
                                 const char *path) {
    const char *entry = archive.bytes + at;
    uint32_t method = number(entry + 10, 2), local = number(entry + 42, 4);
    *out = (iso_zip_member){.crc = number(entry + 16, 4),
                            .packed = number(entry + 20, 4),
                            .length = number(entry + 24, 4),
                            .deflated = method == 8};
    if (number(entry + 8, 2) & 1)
        return damaged(path, at + 8, "the zip member is encrypted");
    if (method != 0 && method != 8)
        return iso_fail(ISOBIT_ERROR_FORMAT,
                        "%s: byte %zu: packing method %" PRIu32 "; stored (0) and deflated (8) are "
                        "known",
                        path, at + 10, method);
    if (out->packed == UINT32_MAX || out->length == UINT32_MAX || local == UINT32_MAX)
        return damaged(path, at + 20, "a zip64 member (4 GiB and more); save smaller arrays");
    if (archive.length < LOCAL_SIZE || local > archive.length - LOCAL_SIZE ||
        number(archive.bytes + local, 4) != LOCAL_MARK)
        return damaged(path, at + 42, "the zip directory points to where no member begins");
    size_t begin = local + LOCAL_SIZE + number(archive.bytes + local + 26, 2) +
                   number(archive.bytes + local + 28, 2);
    if (begin > archive.length || out->packed > archive.length - begin)
        return damaged(path, at + 20, "the zip member is said to reach beyond the file's end");
    if (out->deflated ? !iso_inflate_may_hold(out->packed, out->length)
                      : out->packed != out->length)
        return iso_fail(ISOBIT_ERROR_FORMAT,
                        "%s: byte %zu: the zip member claims %zu bytes, which %zu packed bytes "
                        "cannot hold",
                        path, at + 24, out->length, out->packed);
    out->bytes = archive.bytes + begin;
    return ISOBIT_OK;
}

static int by_name(const void *a, const void *b) {
    const struct iso_zip_entry *x = a, *y = b;
    const int order = memcmp(x->name, y->name, x->length < y->length ? x->length : y->length);
    if (order || x->length != y->length)
        return order ? order : (x->length > y->length) - (x->length < y->length);
    return (x->at > y->at) - (x->at < y->at);
}

/* The entries in the archive's order. */
static isobit_status read_directory(iso_zip *zip, size_t at) {
    const iso_bytes archive = zip->archive;
    for (size_t i = 0; i < zip->count; i++) {
        if (at > archive.length || archive.length - at < CENTRAL_SIZE ||
            number(archive.bytes + at, 4) != CENTRAL_MARK)
            return damaged(zip->path, at, "the zip directory is damaged: expected another member");
        const size_t length = number(archive.bytes + at + 28, 2);
        const size_t next = at + CENTRAL_SIZE + length + number(archive.bytes + at + 30, 2) +
                            number(archive.bytes + at + 32, 2);
        if (next > archive.length)
            return damaged(zip->path, at, "the zip directory is cut short");
        zip->entries[i] = (struct iso_zip_entry){archive.bytes + at + CENTRAL_SIZE, length, at};
        at = next;
    }
    return ISOBIT_OK;
}

isobit_status iso_zip_open(iso_zip *out, iso_bytes archive, const char *path) {
    iso_zip zip = {.archive = archive, .path = path};
    size_t begin = 0;
    ISO_TRY(find_directory(archive, &begin, &zip.count, path));
    ISO_TRY(iso_alloc(&zip.entries, zip.count, sizeof *zip.entries));
    isobit_status status = read_directory(&zip, begin);
    if (status == ISOBIT_OK) {
        qsort(zip.entries, zip.count, sizeof *zip.entries, by_name);
        *out = zip;
    } else {
        free(zip.entries);
    }
    return status;
}

void iso_zip_close(iso_zip *zip) {
    free(zip->entries);
    *zip = (iso_zip){0};
}

isobit_status iso_zip_find(iso_zip_member *out, bool *found, const iso_zip *zip, const char *name) {
    const struct iso_zip_entry wanted = {name, strlen(name), 0};
    size_t first = 0;
    for (size_t end = zip->count; first < end;) { /* the first entry that is not before `wanted` */
        const size_t middle = first + (end - first) / 2;
        if (by_name(&zip->entries[middle], &wanted) < 0)
            first = middle + 1;
        else
            end = middle;
    }
    const struct iso_zip_entry *entry = &zip->entries[first];
    *found = first < zip->count && entry->length == wanted.length &&
             !memcmp(entry->name, name, wanted.length);
    return *found ? take_member(out, zip->archive, entry->at, zip->path) : ISOBIT_OK;
}

isobit_status iso_zip_unpack(const iso_zip_member *member, char *out, size_t room, size_t *got,
                             const char *path) {
    bool ended = true, whole = room >= member->length;
    *got = whole ? member->length : room;
    if (member->deflated) {
        ISO_TRY(iso_inflate(ISO_PACKED_RAW, member->bytes, member->packed, out, *got, got, &ended,
                            path));
        if (ended ? *got != (whole ? member->length : room) : whole)
            return iso_fail(ISOBIT_ERROR_FORMAT,
                            "%s: the zip directory claims %zu bytes, the packed data holds %s",
                            path, member->length, ended ? "fewer" : "more");
    } else {
        memcpy(out, member->bytes, *got);
    }
    uLong crc = crc32_z(0, (const Bytef *)out, *got);
    if (whole && crc != member->crc)
        return iso_fail(ISOBIT_ERROR_FORMAT,
                        "%s: the checksum is %08lx, the zip directory says %08" PRIx32
                        ": the data is damaged",
                        path, crc, member->crc);
    return ISOBIT_OK;
}
