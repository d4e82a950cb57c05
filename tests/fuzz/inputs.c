#include "inputs.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

fuzz_input *fuzz_inputs;
size_t fuzz_input_count;

static void add(uint8_t *bytes, size_t length, char *path) {
    fuzz_inputs = realloc(fuzz_inputs, (fuzz_input_count + 1) * sizeof *fuzz_inputs);
    HOLDS(fuzz_inputs);
    fuzz_inputs[fuzz_input_count++] = (fuzz_input){bytes, length, path};
}

void fuzz_seed(const void *bytes, size_t length) {
    add((uint8_t *)fuzz_copy(bytes, length), length, NULL);
}

void fuzz_add_seeds(void) { fuzz_seeds(); }

void fuzz_free_inputs(void) {
    for (size_t i = 0; i < fuzz_input_count; i++) {
        free(fuzz_inputs[i].bytes);
        free(fuzz_inputs[i].path);
    }
    free(fuzz_inputs);
    fuzz_inputs = NULL;
    fuzz_input_count = 0;
}

static bool add_file(const char *path) {
    enum { MOST = 1 << 20 };
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = malloc(MOST);
    char *copy = fuzz_copy(path, strlen(path) + 1);
    HOLDS(bytes);
    const size_t length = file ? fread(bytes, 1, MOST, file) : 0;
    const bool whole = file && !ferror(file) && length < MOST;
    if (file)
        fclose(file);
    if (whole)
        add(bytes, length, copy);
    else
        fprintf(stderr, "%s: cannot read, or larger than %d bytes\n", path, MOST);
    if (!whole) {
        free(bytes);
        free(copy);
    }
    return whole;
}

bool fuzz_add_path(const char *path) {
    struct dirent **entries;
    struct stat info;
    char name[1024];
    bool all = true;
    if (stat(path, &info))
        return true;
    if (!S_ISDIR(info.st_mode))
        return add_file(path);
    const int count = scandir(path, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        snprintf(name, sizeof name, "%s/%s", path, entries[i]->d_name);
        if (*entries[i]->d_name != '.')
            all = add_file(name) && all;
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return count >= 0 && all;
}

bool fuzz_write_inputs(const char *folder) {
    char path[1024];
    bool well = true;
    for (size_t i = 0; i < fuzz_input_count && well; i++) {
        snprintf(path, sizeof path, "%s/seed-%02zu", folder, i);
        FILE *file = fopen(path, "wb");
        well = file && fwrite(fuzz_inputs[i].bytes, 1, fuzz_inputs[i].length, file) ==
                           fuzz_inputs[i].length;
        well = file && !fclose(file) && well;
    }
    return well;
}

bool fuzz_write_words(const char *path) {
    FILE *file = fopen(path, "w");
    if (!file)
        return false;
    for (const char *const *word = fuzz_words; *word; word++) {
        fputc('"', file);
        for (const char *at = *word; *at; at++)
            fprintf(file, "\\x%02x", (unsigned char)*at);
        fputs("\"\n", file);
    }
    return !fclose(file);
}
