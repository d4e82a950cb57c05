#include "pack.h"

#include <zlib.h>

static void append(fuzz_bytes *to, const void *bytes, size_t length) {
    to->bytes = realloc(to->bytes, to->length + length + 1);
    HOLDS(to->bytes);
    if (length)
        memcpy(to->bytes + to->length, bytes, length);
    to->length += length;
}

static void append_number(fuzz_bytes *to, uint64_t value, size_t size) {
    uint8_t bytes[8];
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
    append(to, bytes, size);
}

/* @param window as zlib has it: 15 + 16 for gzip, negative for bare deflate */
static fuzz_bytes deflated(const void *bytes, size_t length, int window) {
    z_stream stream = {0};
    fuzz_bytes out = {NULL, 0};
    HOLDS(deflateInit2(&stream, 1, Z_DEFLATED, window, 1, Z_DEFAULT_STRATEGY) == Z_OK);
    out.length = deflateBound(&stream, length);
    out.bytes = malloc(out.length);
    HOLDS(out.bytes);
    stream.next_in = (Bytef *)(uintptr_t)bytes;
    stream.avail_in = (uInt)length;
    stream.next_out = (Bytef *)out.bytes;
    stream.avail_out = (uInt)out.length;
    HOLDS(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.length = stream.total_out;
    deflateEnd(&stream);
    return out;
}

fuzz_bytes fuzz_gzip(const void *bytes, size_t length) { return deflated(bytes, length, 9 + 16); }

void fuzz_zip_add(fuzz_zip *zip, const char *name, const void *bytes, size_t length, bool deflate) {
    const size_t begin = zip->file.length, name_length = strlen(name);
    const uint32_t crc = (uint32_t)crc32(0, length ? bytes : (const Bytef *)"", (uInt)length);
    fuzz_bytes packed = {0};
    if (deflate)
        packed = deflated(bytes, length, -9);
    else
        append(&packed, bytes, length);
    fuzz_bytes entry = {0}; /* what local header and directory share, from "version needed" on */
    append_number(&entry, 20, 2);
    append_number(&entry, 0, 2);
    append_number(&entry, deflate ? 8 : 0, 2);
    append_number(&entry, 0, 4); /* time */
    append_number(&entry, crc, 4);
    append_number(&entry, packed.length, 4);
    append_number(&entry, length, 4);
    append_number(&entry, name_length, 2);
    append_number(&entry, 0, 2);
    append_number(&zip->file, 0x04034b50, 4);
    append(&zip->file, entry.bytes, entry.length);
    append(&zip->file, name, name_length);
    append(&zip->file, packed.bytes, packed.length);
    append_number(&zip->directory, 0x02014b50, 4);
    append_number(&zip->directory, 20, 2);
    append(&zip->directory, entry.bytes, entry.length);
    append_number(&zip->directory, 0, 8); /* comment, disk, attributes */
    append_number(&zip->directory, 0, 2);
    append_number(&zip->directory, begin, 4);
    append(&zip->directory, name, name_length);
    zip->members++;
    free(packed.bytes);
    free(entry.bytes);
}

fuzz_bytes fuzz_zip_end(fuzz_zip *zip) {
    const size_t begin = zip->file.length;
    append(&zip->file, zip->directory.bytes, zip->directory.length);
    append_number(&zip->file, 0x06054b50, 4);
    append_number(&zip->file, 0, 4);
    append_number(&zip->file, zip->members, 2);
    append_number(&zip->file, zip->members, 2);
    append_number(&zip->file, zip->directory.length, 4);
    append_number(&zip->file, begin, 4);
    append_number(&zip->file, 0, 2);
    const fuzz_bytes out = zip->file;
    free(zip->directory.bytes);
    *zip = (fuzz_zip){0};
    return out;
}

fuzz_bytes fuzz_safetensors(const fuzz_rest *input) {
    const uint8_t *nul = input->left ? memchr(input->at, 0, input->left) : NULL;
    const size_t header = nul ? (size_t)(nul - input->at) : input->left;
    fuzz_bytes out = {0};
    append_number(&out, header, 8);
    append(&out, input->at, header);
    if (nul)
        append(&out, nul + 1, input->left - header - 1);
    return out;
}
