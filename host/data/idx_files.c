/* Where the IDX files of a data set are: images and labels are two files, found by their names. */
#include "base/file.h"
#include "base/memory.h"
#include "data/reader.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static isobit_status read_pair(iso_table *out, const char *images, const char *labels,
                               const iso_wish *wish) {
    char *image_bytes = NULL, *label_bytes = NULL;
    iso_bytes x, y;
    iso_wish here = *wish;
    isobit_status status;
    here.path = images;
    ISO_DO(iso_file_read(images, PTRDIFF_MAX, &image_bytes, &x.length));
    if (labels)
        ISO_DO(iso_file_read(labels, PTRDIFF_MAX, &label_bytes, &y.length));
    x.bytes = image_bytes;
    y.bytes = label_bytes;
    status = iso_parse_idx(out, x, labels ? &y : NULL, labels, &here);
done:
    free(image_bytes);
    free(label_bytes);
    return status;
}

/* Replace the last `from` in the file name of *path by `to`; *path stays when it is not there. */
static isobit_status replace(char **path, const char *from, const char *to) {
    const char *name = strrchr(*path, '/'), *last = NULL;
    for (const char *at = name ? name + 1 : *path; (at = strstr(at, from)); at++)
        last = at;
    if (!last)
        return ISOBIT_OK;
    char *longer;
    ISO_TRY(iso_format(&longer, "%.*s%s%s", (int)(last - *path), *path, to, last + strlen(from)));
    free(*path);
    *path = longer;
    return ISOBIT_OK;
}

/* Of FILE and FILE.gz (or FILE without .gz) the one that exists; else *path stays. */
static isobit_status with_or_without_gz(char **path) {
    size_t length = strlen(*path);
    bool packed = length > 3 && !strcmp(*path + length - 3, ".gz");
    char *other;
    if (iso_file_exists(*path))
        return ISOBIT_OK;
    ISO_TRY(packed ? iso_copy_n(&other, *path, length - 3) : iso_format(&other, "%s.gz", *path));
    if (iso_file_exists(other)) {
        free(*path);
        *path = other;
    } else {
        free(other);
    }
    return ISOBIT_OK;
}

/* "…images-idx3-ubyte" to "…labels-idx1-ubyte". */
static isobit_status labels_beside(char **labels, const char *images) {
    char *path;
    isobit_status status;
    ISO_TRY(iso_copy(&path, images));
    ISO_DO(replace(&path, "idx2", "idx1"));
    ISO_DO(replace(&path, "idx3", "idx1"));
    ISO_DO(replace(&path, "idx4", "idx1"));
    ISO_DO(replace(&path, "images", "labels"));
    ISO_DO(with_or_without_gz(&path));
    if (!strstr(path, "labels") || !strcmp(path, images) || !iso_file_exists(path)) {
        status =
            iso_fail(ISOBIT_ERROR_FILE,
                     "%s: there are no labels beside it; a file named …images-idx3-ubyte needs "
                     "one named …labels-idx1-ubyte (either may end in .gz)",
                     images);
        goto done;
    }
    *labels = path;
    return ISOBIT_OK;
done:
    free(path);
    return status;
}

isobit_status iso_read_idx(iso_table *out, const iso_wish *wish) {
    char *labels = NULL;
    if (wish->with_label)
        ISO_TRY(labels_beside(&labels, wish->path));
    isobit_status status = read_pair(out, wish->path, labels, wish);
    free(labels);
    return status;
}

/* FOLDER/PART-images-idx3-ubyte, also with a dot before idx and with .gz; NULL: not there. */
static isobit_status find_in(char **found, const char *folder, const char *part) {
    static const char separators[] = "-.";
    *found = NULL;
    for (const char *separator = separators; *separator && !*found; separator++) {
        char *path;
        ISO_TRY(iso_format(&path, "%s/%s%cidx3-ubyte", folder, part, *separator));
        isobit_status status = with_or_without_gz(&path);
        if (status == ISOBIT_OK && iso_file_exists(path))
            *found = path;
        else
            free(path);
        ISO_TRY(status);
    }
    return ISOBIT_OK;
}

/* One part of a folder; `out` stays empty when its images are not there. */
static isobit_status read_part(iso_table *out, const char *part, const iso_wish *wish) {
    iso_wish here = *wish;
    char *images;
    ISO_TRY(find_in(&images, wish->path, part));
    if (!images)
        return ISOBIT_OK;
    here.path = images;
    isobit_status status = iso_read_idx(out, &here);
    free(images);
    return status;
}

isobit_status iso_read_idx_folder(iso_tables *out, const iso_wish *wish) {
    iso_tables tables = {0};
    char *test = NULL;
    isobit_status status;
    ISO_DO(read_part(&tables.train, "train-images", wish));
    if (!tables.train.samples) {
        ISO_DO(find_in(&test, wish->path, "t10k-images"));
        status = test ? iso_fail(ISOBIT_ERROR_FILE,
                                 "%s: there is no train-images-idx3-ubyte[.gz] to train on; to use "
                                 "the test part alone, give the file %s",
                                 wish->path, test)
                      : iso_fail(ISOBIT_ERROR_FILE,
                                 "%s: the folder has no train-images-idx3-ubyte[.gz]; give a file, "
                                 "or a folder with the four MNIST names",
                                 wish->path);
        goto done;
    }
    ISO_DO(read_part(&tables.test, "t10k-images", wish));
    *out = tables;
    return ISOBIT_OK;
done:
    free(test);
    iso_tables_free(&tables);
    return status;
}
