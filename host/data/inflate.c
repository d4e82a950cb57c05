#include "data/inflate.h"

#include "base/memory.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

/* zlib's few allocations go through ours too, so that tests can make them fail. */
static voidpf allocate(voidpf opaque, uInt count, uInt size) {
    void *block = NULL;
    (void)opaque;
    return iso_alloc(&block, count, size) == ISOBIT_OK ? block : NULL;
}

static void release(voidpf opaque, voidpf block) {
    (void)opaque;
    free(block);
}

static isobit_status inflate_error(int code, size_t at, const char *path) {
    if (code == Z_MEM_ERROR)
        return iso_fail(ISOBIT_ERROR_MEMORY, "%s: out of memory", path);
    return iso_fail(ISOBIT_ERROR_FORMAT, "%s: the packed data is %s at unpacked byte %zu", path,
                    code == Z_BUF_ERROR ? "cut short" : "damaged", at);
}

/* Another gzip member follows: files may be several, one behind the other. */
static bool next_member(z_stream *stream, const char *end) {
    const Bytef *at = stream->next_in;
    return (const char *)at + 2 < end && at[0] == 0x1f && at[1] == 0x8b &&
           inflateReset(stream) == Z_OK;
}

isobit_status iso_inflate(iso_packing packing, const char *packed, size_t length, char *out,
                          size_t room, size_t *got, bool *ended, const char *path) {
    z_stream stream = {.zalloc = allocate, .zfree = release};
    /* zlib promises not to write through next_in */
    stream.next_in = (Bytef *)(uintptr_t)packed;
    const char *end = packed + length;
    size_t done = 0;
    bool full = false;
    int code = inflateInit2(&stream, packing == ISO_PACKED_GZIP ? 15 + 16 : -15);
    if (code != Z_OK)
        return inflate_error(Z_MEM_ERROR, 0, path);
    *ended = false;
    for (;;) {
        size_t in = (size_t)(end - (const char *)stream.next_in);
        stream.avail_in = in < INT_MAX ? (uInt)in : INT_MAX;
        stream.next_out = (Bytef *)out + done;
        stream.avail_out = room - done < INT_MAX ? (uInt)(room - done) : INT_MAX;
        uInt space = stream.avail_out;
        code = inflate(&stream, Z_NO_FLUSH);
        done += space - stream.avail_out;
        if (code == Z_STREAM_END && (packing != ISO_PACKED_GZIP || !next_member(&stream, end))) {
            *ended = true;
            break;
        }
        /* no room for more: gzip's checksum is then still to come, else the file is cut short */
        full =
            code == Z_BUF_ERROR && done == room && (packing != ISO_PACKED_GZIP || stream.avail_in);
        if (full || (code != Z_OK && code != Z_STREAM_END))
            break;
    }
    inflateEnd(&stream);
    if (!*ended && !full)
        return inflate_error(code, done, path);
    *got = done;
    return ISOBIT_OK;
}
