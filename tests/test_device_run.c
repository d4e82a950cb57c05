/* Programs: built, run, kept in the cache, and never trusted when an entry is damaged. */
#include "base/hash.h"
#include "device.h"
#include "device/buffer.h"
#include "device/build.h"
#include "device/cache.h"
#include "device/cache_folder.h"
#include "device/launch.h"
#include "folder.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define OK(call) cr_assert_eq(call, ISOBIT_OK, "%s", isobit_error())
#define MESSAGE_HAS(part)                                                                          \
    cr_assert(strstr(isobit_error(), part), "\"%s\" is not in \"%s\"", part, isobit_error())

#define HEADER "//@ op test_fill\n//@ variant plain\n//@ local 4\n//@ tile 4\n"
#define PARAMETERS "(const uint n, const float first, global float *restrict out)"
static const char good[] = HEADER "kernel void test_fill" PARAMETERS " {\n"
                                  "    const uint i = get_global_id(0);\n"
                                  "    if (i < n) out[i] = fma(2.0f, (float)i, first);\n}\n";

/* ------------------------------------------------------------------------------- the workshop --
 */

/* A scratch folder with kernels/test_fill.cl, cache/ and PoCL's own cache, so that nothing of the
 * user's is used or touched. */
static void write_file(const char *path, const void *bytes, size_t length) {
    FILE *file = fopen(path, "w");
    cr_assert(file && fwrite(bytes, 1, length, file) == length && !fclose(file), "%s", path);
}

static void set_up(void) {
    mkdir(inside("kernels"), 0700);
    mkdir(inside("pocl"), 0700);
    setenv("POCL_CACHE_DIR", inside("pocl"), 1);
    setenv("ISOBIT_CACHE", inside("cache"), 1);
    write_file(inside("kernels/test_fill.cl"), good, strlen(good));
}

/* Open, run test_fill on 9 elements of a poisoned buffer, close. */
static isobit_status fill(float out[12]) {
    isobit_context *context;
    cl_mem buffer = NULL;
    iso_arguments arguments = {.count = 0};
    float poison[12];
    for (int i = 0; i < 12; i++)
        poison[i] = NAN;
    isobit_status status = iso_context_open(&context, tested_device(), inside("kernels"), NULL);
    if (status != ISOBIT_OK)
        return status;
    iso_list list = {.context = context};
    const iso_request request = {.op = "test_fill"};
    ISO_DO(iso_buffer_new(&buffer, context, sizeof poison, "test"));
    ISO_DO(iso_buffer_write(context, buffer, 0, poison, sizeof poison));
    iso_arguments_add(&arguments, ISO_UINT(9));
    iso_arguments_add(&arguments, ISO_FLOAT(0.5f));
    iso_arguments_add(&arguments, ISO_MEMORY(buffer));
    ISO_DO(iso_list_add(&list, &request, &arguments, (iso_work){.columns = 9}, "fill %d", 1));
    ISO_DO(iso_list_run(&list));
    ISO_DO(iso_buffer_read(context, buffer, 0, out, sizeof poison));
done:
    iso_list_free(&list);
    iso_buffer_free(&buffer);
    isobit_context_free(context);
    return status;
}

static void check_fill(void) {
    float out[12] = {0};
    OK(fill(out));
    for (int i = 0; i < 12; i++)
        cr_assert(i < 9 ? out[i] == 2.0f * (float)i + 0.5f : isnan(out[i]), "element %d", i);
}

/* The only entry's name, and how many there are. */
static size_t entries(char name[256]) {
    size_t count = 0;
    DIR *folder = opendir(inside("cache"));
    const struct dirent *entry;
    while (folder && (entry = readdir(folder)))
        if (strstr(entry->d_name, ISO_CACHE_SUFFIX)) {
            snprintf(name, 256, "%s", entry->d_name);
            count++;
        }
    if (folder)
        closedir(folder);
    return count;
}

/* Whether the cache gives the entry of that name to a new context. */
static bool loads(const char *name) {
    unsigned char key[ISO_HASH_SIZE];
    isobit_context *context;
    cl_program program;
    for (size_t i = 0; i < sizeof key; i++)
        cr_assert_eq(sscanf(name + 2 * i, "%2hhx", &key[i]), 1);
    OK(iso_context_open(&context, tested_device(), NULL, NULL));
    bool loaded = iso_cache_load(context, key, "-cl-std=CL1.2", &program);
    if (loaded)
        clReleaseProgram(program);
    isobit_context_free(context);
    return loaded;
}

TestSuite(program, .init = set_up, .fini = remove_folders);
TestSuite(cache, .init = set_up, .fini = remove_folders);

/* --------------------------------------------------------------------------------- programs -- */

Test(program, a_users_kernel_is_built_and_run) {
    setenv("ISOBIT_CACHE", "off", 1);
    check_fill();
    char name[256];
    cr_assert_eq(entries(name), 0);
}

Test(program, a_compilers_places_are_those_of_the_files) {
    static const char source[] =
        "int a;\n#line 1 \"one.h\"\nint b;\nint c;\n#line 7 \"two.cl\"\nint d;\n";
    static const char *const cases[][2] = {
        {"", ""},
        {"no place", "no place"},
        {"<kernel>:1:5: error", "<kernel>:1:5: error"},
        {"<kernel>:3:5: error", "one.h:1:5: error"},
        {"of <kernel>:4, <kernel>:6:2", "of one.h:2, two.cl:7:2"},
        {"<kernel>:900: x <kernel>:", "two.cl:8: x <kernel>:"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *told;
        OK(iso_build_places(&told, cases[i][0], source));
        cr_assert_str_eq(told, cases[i][1]);
        free(told);
    }
}

Test(program, what_does_not_build_is_said_with_file_and_line) {
    static const struct {
        const char *text, *message;
    } cases[] = {
        {HEADER "kernel void test_fill" PARAMETERS " {\n    out[0] = nonsense;\n}\n",
         "test_fill.cl:6"},
        {HEADER "kernel void test_file" PARAMETERS " {}\n",
         "defines no kernel named \"test_fill\""},
        {HEADER "kernel void test_fill(global float *out) {}\n",
         "test_fill.cl: the kernel takes 1 arguments, the operation gives 3"},
        {"//@ op test_fill\n//@ variant plain\n//@ local 1000000\n//@ tile 4\n"
         "kernel void test_fill" PARAMETERS " {}\n",
         "work-groups of 1000000"},
        {"//@ op test_fill\n//@ variant plain\n//@ local 0\n//@ tile 4\n"
         "kernel void test_fill" PARAMETERS " {}\n",
         "size below 1"},
        {"//@ op test_other\n//@ variant plain\n//@ local 1\n//@ tile 4\n",
         "no kernel file registers the operation \"test_fill\""},
    };
    float out[12];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_file(inside("kernels/test_fill.cl"), cases[i].text, strlen(cases[i].text));
        cr_assert_eq(fill(out), ISOBIT_ERROR_KERNEL, "case %zu", i);
        MESSAGE_HAS(cases[i].message);
    }
}

Test(program, a_kernel_that_needs_more_local_memory_than_there_is_is_not_run) {
    static const char greedy[] =
        "//@ op test_fill\n//@ variant plain\n//@ local 64\n//@ tile 64\n"
        "kernel void test_fill(global float *restrict out) {\n"
        "    local float turned[64];\n    const uint i = get_local_id(0);\n"
        "    turned[63 - i] = out[i];\n    barrier(CLK_LOCAL_MEM_FENCE);\n"
        "    out[i] = turned[i];\n}\n";
    const iso_request request = {.op = "test_fill"};
    const iso_work work = {.columns = 64};
    isobit_context *context;
    cl_mem buffer;
    iso_arguments arguments = {.count = 0};
    write_file(inside("kernels/test_fill.cl"), greedy, strlen(greedy));
    OK(iso_context_open(&context, tested_device(), inside("kernels"), NULL));
    OK(iso_buffer_new(&buffer, context, 64 * sizeof(float), "test"));
    iso_arguments_add(&arguments, ISO_MEMORY(buffer));
    iso_list list = {.context = context};
    OK(iso_list_add(&list, &request, &arguments, work, "fill"));
    context->target.local_memory = 255;
    cr_assert_eq(iso_list_add(&list, &request, &arguments, work, "fill"), ISOBIT_ERROR_KERNEL);
    MESSAGE_HAS("test_fill.cl: work-groups with ");
    MESSAGE_HAS(" bytes of local memory; ");
    MESSAGE_HAS(" allows at most 255");
    cr_assert_eq(list.count, 1);
    iso_list_free(&list);
    iso_buffer_free(&buffer);
    isobit_context_free(context);
}

Test(program, a_chosen_variant_must_exist_and_be_exact) {
    static const char inexact[] = "//@ inexact\n" HEADER;
    isobit_context *context = NULL;
    OK(iso_context_open(&context, tested_device(), inside("kernels"), "test_fill=plain"));
    cr_assert_str_eq(iso_context_pick(context, "test_fill")->variant, "plain");
    cr_assert_null(iso_context_pick(context, "gemm_nt"));
    isobit_context_free(context);
    cr_assert_neq(iso_context_open(&context, tested_device(), inside("kernels"), "test_fill=plan"),
                  ISOBIT_OK);
    MESSAGE_HAS("did you mean \"plain\"");
    cr_assert_neq(iso_context_open(&context, tested_device(), inside("kernels"), "plain"),
                  ISOBIT_OK);
    MESSAGE_HAS("not of the form op=name");
    write_file(inside("kernels/test_fill.cl"), inexact, strlen(inexact));
    cr_assert_neq(iso_context_open(&context, tested_device(), inside("kernels"), "test_fill=plain"),
                  ISOBIT_OK);
    MESSAGE_HAS("inexact");
}

Test(program, a_device_that_is_not_there_is_said_with_the_list) {
    isobit_context *context = NULL;
    cr_assert_eq(isobit_context_new(&context, "no such device"), ISOBIT_ERROR_DEVICE);
    cr_assert_null(context);
    MESSAGE_HAS("device \"no such device\": no device matches; there is 0: ");
}

Test(program, the_devices_are_listed_and_one_is_chosen) {
    isobit_devices *devices;
    size_t chosen = 0;
    unsetenv("ISOBIT_DEVICE");
    OK(isobit_devices_new(&devices, NULL));
    for (size_t i = 0; i < isobit_devices_count(devices); i++) {
        const isobit_device *device = isobit_devices_get(devices, i);
        cr_assert(*device->name && *device->platform && device->memory_bytes);
        cr_assert_eq(device->chosen, device->why != NULL);
        chosen += device->chosen;
    }
    cr_assert_eq(chosen, 1);
    cr_assert_null(isobit_devices_get(devices, isobit_devices_count(devices)));
    isobit_devices_free(devices);
    isobit_devices_free(NULL);
}

/* ------------------------------------------------------------------------------------ cache -- */

Test(cache, a_built_program_is_kept_privately_and_loaded_again) {
    char name[256];
    struct stat folder, first, second;
    check_fill();
    cr_assert_eq(entries(name), 1);
    cr_assert_eq(stat(inside("cache"), &folder), 0);
    cr_assert_eq(folder.st_mode & 0777, 0700);
    char path[300];
    snprintf(path, sizeof path, "cache/%s", name);
    cr_assert_eq(stat(inside(path), &first), 0);
    cr_assert_eq(first.st_mode & 0777, 0600);
    cr_assert(loads(name));
    check_fill();
    cr_assert_eq(stat(inside(path), &second), 0);
    cr_assert_eq(first.st_ino, second.st_ino, "a loaded entry was written again");
}

/* What may happen to an entry. Each is called with its path. */
static void flip_a_byte(const char *path) {
    FILE *file = fopen(path, "r+");
    cr_assert(file && !fseek(file, 1000, SEEK_SET));
    int byte = fgetc(file);
    fseek(file, 1000, SEEK_SET);
    fputc(byte ^ 1, file);
    fclose(file);
}
static void cut_in_half(const char *path) {
    struct stat info;
    cr_assert(!stat(path, &info) && !truncate(path, info.st_size / 2));
}
static void empty_it(const char *path) { cr_assert(!truncate(path, 0)); }
static void cut_to_the_header(const char *path) { cr_assert(!truncate(path, 56)); }
static void grow_it(const char *path) {
    struct stat info;
    cr_assert(!stat(path, &info) && !truncate(path, info.st_size + 1));
}
static void other_magic(const char *path) {
    FILE *file = fopen(path, "r+");
    cr_assert(file && fputc('I', file) != EOF && !fclose(file));
}
static void claim_terabytes(const char *path) { cr_assert(!truncate(path, (off_t)1 << 40)); }
static void make_symlink(const char *path) {
    cr_assert(!rename(path, inside("real")) && !symlink(inside("real"), path));
}
static void make_fifo(const char *path) { cr_assert(!unlink(path) && !mkfifo(path, 0600)); }
static void let_others_write(const char *path) { cr_assert(!chmod(path, 0666)); }

/* A whole entry, checksum and all, of bytes that are no program. */
static void make_entry_of(const char *path, const char *payload) {
    unsigned char entry[256] = "isobit program1", key[ISO_HASH_SIZE];
    size_t length = strlen(payload);
    const char *name = strrchr(path, '/') + 1;
    for (size_t i = 0; i < sizeof key; i++)
        cr_assert_eq(sscanf(name + 2 * i, "%2hhx", &key[i]), 1);
    entry[16] = (unsigned char)length;
    iso_hash hash = iso_hash_new();
    iso_hash_add(&hash, key, sizeof key);
    iso_hash_add(&hash, payload, length);
    iso_hash_end(&hash, entry + 24);
    memcpy(entry + 56, payload, length);
    write_file(path, entry, 56 + length);
}
static void refused_by_the_driver(const char *path) { make_entry_of(path, "no program at all"); }

/* How many finished kernels PoCL's cache holds. */
static size_t finished_kernels(void) {
    char command[512];
    size_t count = 0;
    snprintf(command, sizeof command, "find '%s' -name '*.so'", inside("pocl"));
    FILE *lines = popen(command, "r");
    for (int c; lines && (c = fgetc(lines)) != EOF;)
        count += c == '\n';
    cr_assert(lines && !pclose(lines));
    return count;
}

Test(cache, keeping_a_program_makes_pocl_compile_nothing_more) {
    need_pocl();
    char name[256];
    check_fill();
    cr_assert_eq(finished_kernels(), 1);
    cr_assert_eq(entries(name), 1);
    check_fill();
    cr_assert_eq(finished_kernels(), 1);
}

Test(cache, a_damaged_entry_is_none_and_is_made_again) {
    static void (*const damages[])(const char *) = {
        flip_a_byte,          cut_in_half,     empty_it,     cut_to_the_header, grow_it,
        other_magic,          claim_terabytes, make_symlink, make_fifo,         let_others_write,
        refused_by_the_driver};
    char name[256], path[512];
    struct stat info;
    check_fill();
    cr_assert_eq(entries(name), 1);
    snprintf(path, sizeof path, "%s/%s", inside("cache"), name);
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        damages[i](path);
        check_fill();
        cr_assert(!lstat(path, &info) && S_ISREG(info.st_mode), "damage %zu stayed", i);
        cr_assert_eq(info.st_mode & 0777, 0600);
        cr_assert(loads(name), "damage %zu was not made good", i);
    }
}

Test(cache, an_entry_under_another_name_is_none) {
    char name[256], from[512], to[512];
    check_fill();
    cr_assert_eq(entries(name), 1);
    snprintf(from, sizeof from, "%s/%s", inside("cache"), name);
    name[0] = name[0] == '0' ? '1' : '0';
    snprintf(to, sizeof to, "%s/%s", inside("cache"), name);
    cr_assert_eq(rename(from, to), 0);
    cr_assert_not(loads(name));
}

Test(cache, a_folder_in_an_entrys_place_costs_only_the_cache) {
    char name[256], path[512];
    check_fill();
    cr_assert_eq(entries(name), 1);
    snprintf(path, sizeof path, "%s/%s", inside("cache"), name);
    cr_assert(!unlink(path) && !mkdir(path, 0700));
    check_fill();
}

Test(cache, a_folder_that_others_may_write_is_not_used) {
    char name[256];
    cr_assert(!mkdir(inside("cache"), 0700) && !chmod(inside("cache"), 0777));
    check_fill();
    cr_assert_eq(entries(name), 0);
}

Test(cache, a_folder_behind_a_symlink_is_not_used) {
    char name[256];
    cr_assert(!mkdir(inside("elsewhere"), 0700) && !symlink(inside("elsewhere"), inside("cache")));
    check_fill();
    cr_assert_eq(entries(name), 0);
}

Test(cache, a_place_that_cannot_be_written_is_no_error) {
    setenv("ISOBIT_CACHE", "/proc/nowhere/isobit", 1);
    check_fill();
}

Test(cache, two_runs_at_once_both_succeed) {
    pid_t children[2];
    int result;
    float out[12];
    for (int i = 0; i < 2; i++) {
        children[i] = fork();
        if (!children[i])
            _exit(fill(out) != ISOBIT_OK || out[8] != 16.5f);
    }
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(waitpid(children[i], &result, 0), children[i]);
        cr_assert_eq(result, 0);
    }
    char name[256];
    cr_assert_eq(entries(name), 1);
    cr_assert(loads(name));
}

Test(cache, the_oldest_entries_go_when_it_is_full) {
    static const char *const names[] = {"a.program", "b.program", "c.program",
                                        "notes.txt", "1.aside",   "2.aside"};
    char path[32], bytes[1000] = {0};
    struct stat info;
    mkdir(inside("cache"), 0700);
    for (int i = 0; i < 6; i++) {
        const struct timespec times[2] = {{.tv_sec = 1000 + i}, {.tv_sec = 1000 + i}};
        snprintf(path, sizeof path, "cache/%s", names[i]);
        write_file(inside(path), bytes, sizeof bytes);
        if (i != 5) /* the last is being written now */
            cr_assert_eq(utimensat(AT_FDCWD, inside(path), times, 0), 0);
    }
    int folder = iso_cache_folder(false);
    cr_assert_geq(folder, 0);
    iso_cache_shrink(folder, 2500);
    static const bool stays[] = {false, true, true, true, false, true};
    for (int i = 0; i < 6; i++)
        cr_assert_eq(fstatat(folder, names[i], &info, 0) == 0, stays[i], "%s", names[i]);
    close(folder);
}
