/* SPDX-License-Identifier: Apache-2.0
 *
 * tools/host/host.c - sluice-host: load one module where it can't hurt, and say what it is.
 *
 * --describe FILE prints its descriptor, or {"error": {"code", "text"}} and status 78; --check FILE
 * prints one line a rule, and status 1 when one is broken. What the module itself prints goes to
 * standard error: descriptor 1 is put aside before the module is loaded.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/plugin/descriptor.h"
#include "engine/plugin/load.h"
#include "engine/service/env_real.h"
#include "tools/host/check.h"

#define EXIT_BROKEN 78

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static int print_json(FILE *to, sl_json *j)
{
    SL_CLEANUP(sl_mem_freep) char *text = sl_json_take(j, NULL);

    return text && fputs(text, to) >= 0 && fputc('\n', to) != EOF && fflush(to) == 0;
}

static int describe(FILE *to, sl_mem *mem, const char *path)
{
    const sl_plugin *plugin = NULL;
    sl_elf_facts facts;
    sl_file_info info;
    sl_descriptor d;
    sl_error err;
    sl_json j;
    sl_status rc = sl_module_look(sl_os_real(), path, base_name(path), &facts, &info, &err);

    if (rc == SL_OK)
        rc = sl_module_open(sl_os_real(), path, base_name(path), facts.build_id, &plugin, &err);
    sl_json_init(&j, mem, 2);
    if (rc == SL_OK) {
        d = sl_descriptor_of(plugin, facts.build_id);
        sl_descriptor_write(&j, NULL, &d);
    } else {
        sl_json_object(&j, NULL);
        sl_json_object(&j, "error");
        sl_json_text(&j, "code", err.code);
        sl_json_text(&j, "text", err.text);
        sl_json_end(&j);
        sl_json_end(&j);
    }
    return print_json(to, &j) && rc == SL_OK ? 0 : EXIT_BROKEN;
}

static int check(FILE *to, const char *path)
{
    const char *before = getenv("SLUICE_PLUGIN_PATH");
    const sl_plugin *plugin = NULL;
    char folder[2048];
    sl_error err;

    if (sl_module_open(sl_os_real(), path, base_name(path), NULL, &plugin, &err) != SL_OK) {
        (void)fprintf(to, "FAIL  load: error[%s]: %s\n", err.code, err.text);
        (void)fflush(to);
        return 1;
    }
    (void)snprintf(folder, sizeof folder, "%.*s%s%s", (int)(base_name(path) - path), path,
                   before ? ":" : "", before ? before : "");
    if (setenv("SLUICE_PLUGIN_PATH", folder, 1) < 0)
        return EXIT_BROKEN;
    return sl_check_plugin(to, plugin) ? 1 : 0;
}

int main(int argc, char **argv)
{
    sl_mem *mem = sl_mem_new(NULL, NULL, "host", 0);
    int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    FILE *to = fd < 0 ? NULL : fdopen(fd, "w");
    int rc = 64;

    if (!mem || !to || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
        return EXIT_BROKEN;
    if (argc == 3 && !strcmp(argv[1], "--describe"))
        rc = describe(to, mem, argv[2]);
    else if (argc == 3 && !strcmp(argv[1], "--check"))
        rc = check(to, argv[2]);
    else
        (void)fprintf(stderr, "sluice starts this; usage: sluice-host --describe FILE\n");
    (void)fclose(to);
    sl_mem_drop(mem);
    return rc;
}
