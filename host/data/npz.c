/* .npz: a zip archive of .npy files, x.npy and y.npy, perhaps x_test.npy and y_test.npy. */
#include "data/npz.h"

#include "base/memory.h"
#include "data/npy.h"
#include "data/zip.h"

#include <stdlib.h>
#include <string.h>

void iso_npz_close(iso_npz_member *member) {
    free(member->file);
    free(member->place);
    *member = (iso_npz_member){0};
}

static isobit_status unpack(iso_npz_member *out, const iso_zip_member *packed) {
    size_t total, got, all = packed->length, peek = ISO_NPY_MOST_HEADER + 12;
    iso_array *array = &out->array;
    /* the header first: it must justify the size before that is allocated */
    peek = all < peek ? all : peek;
    ISO_TRY(iso_alloc(&out->file, peek, 1));
    ISO_TRY(iso_zip_unpack(packed, out->file, peek, &got, out->place));
    ISO_TRY(iso_npy_header(array, &total, (iso_bytes){out->file, got}, out->place));
    if (all - array->offset != total)
        return iso_fail(ISOBIT_ERROR_FORMAT,
                        "%s: the header claims %zu bytes of elements, the archive holds %zu",
                        out->place, total, all - array->offset);
    if (peek < all) {
        ISO_TRY(iso_resize(&out->file, all, 1));
        ISO_TRY(iso_zip_unpack(packed, out->file, all, &got, out->place));
    }
    return iso_npy_open(array, (iso_bytes){out->file, all}, out->place);
}

isobit_status iso_npz_open(iso_npz_member *out, const iso_zip *archive, const char *name) {
    iso_zip_member packed;
    bool found;
    char *entry = NULL;
    isobit_status status;
    *out = (iso_npz_member){.array.name = name};
    ISO_DO(iso_format(&entry, "%s.npy", name));
    ISO_DO(iso_format(&out->place, "%s: %s", archive->path, entry));
    ISO_DO(iso_zip_find(&packed, &found, archive, entry));
    if (found)
        status = unpack(out, &packed);
done:
    free(entry);
    if (status != ISOBIT_OK || !out->file)
        iso_npz_close(out);
    return status;
}

static isobit_status missing(const char *path, const char *name) {
    return iso_fail(ISOBIT_ERROR_FORMAT,
                    "%s: there is no array \"%s\" in it; save it with numpy.savez(FILE, x=…, y=…) "
                    "and x_test=…, y_test=… for a test part",
                    path, name);
}

/* The table of one part; it stays empty when there is no x and none is needed. */
static isobit_status read_part(iso_table *out, const iso_zip *archive, const char *x_name,
                               const char *y_name, bool needed, const iso_wish *wish) {
    iso_npz_member x = {0}, y = {0};
    iso_wish here = *wish;
    isobit_status status;
    ISO_DO(iso_npz_open(&x, archive, x_name));
    if (!x.file) {
        if (needed)
            status = missing(wish->path, x_name);
        goto done;
    }
    ISO_DO(iso_array_to_x(out, &x.array, x.place));
    iso_npz_close(&x); /* before y is unpacked: x may be large */
    if (!wish->with_label)
        goto done;
    ISO_DO(iso_npz_open(&y, archive, y_name));
    here.path = y.place;
    status = y.file ? iso_array_to_y(out, &y.array, &here) : missing(wish->path, y_name);
done:
    iso_npz_close(&x);
    iso_npz_close(&y);
    return status;
}

isobit_status iso_parse_npz(iso_tables *out, const char *bytes, size_t length,
                            const iso_wish *wish) {
    iso_zip archive;
    iso_tables tables = {0};
    iso_wish test = *wish;
    isobit_status status;
    ISO_TRY(iso_zip_open(&archive, (iso_bytes){bytes, length}, wish->path));
    ISO_DO(read_part(&tables.train, &archive, "x", "y", true, wish));
    if (wish->with_label) {
        test.task = tables.train.labels ? ISO_TASK_CLASSIFY : ISO_TASK_REGRESS;
        ISO_DO(read_part(&tables.test, &archive, "x_test", "y_test", false, &test));
    }
done:
    if (status == ISOBIT_OK)
        *out = tables;
    else
        iso_tables_free(&tables);
    iso_zip_close(&archive);
    return status;
}
