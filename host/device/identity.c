/* What a built program depends on: the name under which the cache keeps it must change with it. */
#include "device/context.h"

#include "base/hash.h"
#include "base/memory.h"
#include "device/ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The instruction sets of this machine's processor, as a short hash. A driver may name a CPU less
 * exactly than it compiles for it (PoCL: LLVM's family plus what the kernel reports), and a home
 * folder may be shared between machines or move to a smaller virtual one: SIGILL otherwise. */
static void cpu_features(char out[ISO_HEX_SIZE]) {
    char line[8192];
    unsigned char digest[ISO_HASH_SIZE];
    iso_hash hash = iso_hash_new();
    FILE *file = fopen("/proc/cpuinfo", "re");
    while (file && fgets(line, sizeof line, file) && *line != '\n') /* the first processor's */
        if (!strncmp(line, "flags", 5) || !strncmp(line, "Features", 8) || !strncmp(line, "isa", 3))
            iso_hash_add(&hash, line, strlen(line));
    if (file)
        fclose(file);
    iso_hash_end(&hash, digest);
    iso_hash_hex(digest, out);
    out[16] = '\0';
}

/* PoCL's switches that change the code it makes: a comparison of them must not find the old one. */
static const char *setting(const char *name) {
    const char *value = getenv(name);
    return value ? value : "";
}

isobit_status iso_context_identify(isobit_context *context) {
    iso_asked *of = &(iso_asked){context->platform, context->device, CL_SUCCESS};
    char *driver = NULL, *version = NULL, *platform = NULL, cpu[ISO_HEX_SIZE];
    isobit_status status;
    ISO_DO(iso_ask_text(of, CL_DEVICE_NAME, &context->name));
    ISO_DO(iso_ask_text(of, CL_DRIVER_VERSION, &driver));
    ISO_DO(iso_ask_text(of, CL_DEVICE_VERSION, &version));
    ISO_DO(iso_ask_platform(of, CL_PLATFORM_VERSION, &platform));
    ISO_DO(iso_cl_check(of->code, "reading the device's name and version"));
    cpu_features(cpu);
    status = iso_format(&context->identity, "%s | %s | %s | %s | cpu %s, %zu bits | %s | %s | %s",
                        context->name, driver, version, platform, cpu, 8 * sizeof(void *),
                        setting("POCL_WORK_GROUP_METHOD"), setting("POCL_LLVM_CPU_NAME"),
                        setting("POCL_EXTRA_BUILD_FLAGS"));
done:
    free(driver);
    free(version);
    free(platform);
    return status;
}
