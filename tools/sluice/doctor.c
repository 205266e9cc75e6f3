/* SPDX-License-Identifier: Apache-2.0
 *
 * tools/sluice/doctor.c - `sluice doctor`: the surroundings, for a report. Never a secret.
 *
 * Names of environment variables that matter, with values only where they are paths; system,
 * limits, libraries.
 */
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "engine/plugin/scan.h"
#include "tools/sluice/command.h"

#define PATH_ROOM 1024u

static void print_limit(const char *name, __rlimit_resource_t which)
{
    struct rlimit limit;

    if (getrlimit(which, &limit) < 0)
        return;
    if (limit.rlim_cur == RLIM_INFINITY)
        (void)printf("%-12s no limit\n", name);
    else
        (void)printf("%-12s %llu\n", name, (unsigned long long)limit.rlim_cur);
}

static void print_modules(const sl_registry *reg)
{
    const sl_module *m;
    uint32_t usable = 0;
    uint32_t broken = 0;

    for (uint32_t i = 0; (m = sl_registry_module(reg, i)) != NULL; i++) {
        usable += !m->broken;
        broken += m->broken != NULL;
    }
    (void)printf("%-12s %u usable, %u not%s\n", "plugins", usable, broken,
                 broken ? " (sluice plugin doctor)" : "");
}

static int doctor(sl_tool *tool, const sl_args *args)
{
    static const char *const paths[] = {"SLUICE_PLUGIN_PATH",
                                        "STATE_DIRECTORY",
                                        "XDG_STATE_HOME",
                                        "XDG_CACHE_HOME",
                                        "TMPDIR",
                                        "LC_ALL",
                                        "LANG",
                                        "NO_COLOR"};
    char host[PATH_ROOM];
    struct utsname name;
    int rc = sl_tool_registry(tool, args);

    if (rc != SL_EXIT_OK)
        return rc;
    (void)printf("%-12s %s (%s), plugin ABI %u.%u\n", "sluice", SL_ENGINE_VERSION, SL_ENGINE_BUILD,
                 SL_ABI_MAJOR, SL_ABI_MINOR);
    if (uname(&name) == 0)
        (void)printf("%-12s %s %s %s\n", "system", name.sysname, name.release, name.machine);
    (void)printf("%-12s %ld\n", "processors", sysconf(_SC_NPROCESSORS_ONLN));
    (void)printf("%-12s %ld MiB\n", "memory.short",
                 sysconf(_SC_PHYS_PAGES) / 1024 * (sysconf(_SC_PAGESIZE) / 1024));
    print_limit("open files", RLIMIT_NOFILE);
    print_limit("core size", RLIMIT_CORE);
    (void)printf("%-12s %u\n", "user id", (unsigned)geteuid());
    (void)printf("%-12s %s\n", "helper", sl_scan_host(host, sizeof host) ? host : "missing");
    print_modules(tool->registry);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        const char *value = getenv(paths[i]);

        if (value)
            (void)printf("%s=%s\n", paths[i], value);
    }
    return SL_EXIT_OK;
}

static const sl_option options[] = {SL_OPTION_PLUGIN_PATH, SL_OPTION_END};

const sl_command sl_command_doctor = {
    .name = "doctor",
    .operands = "",
    .brief = "report versions, limits, paths and plugins; no secrets",
    .options = options,
    .run = doctor,
};
