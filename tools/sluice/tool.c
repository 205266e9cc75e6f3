/* SPDX-License-Identifier: Apache-2.0
 *
 * tools/sluice/tool.c - what the commands share: the world, the list of plugins, printing.
 *
 * The command is one of the engine's edges: what failed inside comes here as status, code and text
 * and leaves as one message and an exit status.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/service/env_real.h"
#include "tools/sluice/command.h"

int sl_tool_is_terminal(int fd)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    return isatty(fd) && !(no_color && *no_color) && !(term && !strcmp(term, "dumb"));
}

int sl_tool_world(sl_tool *tool)
{
    if (!tool->env)
        tool->env = sl_env_real_new(tool->mem);
    if (!tool->env)
        sl_tool_error(tool, "memory.short", "memory is short");
    return tool->env != NULL;
}

int sl_tool_registry(sl_tool *tool, const sl_args *args)
{
    const char *paths[SL_MAX_ARGS + 1];
    sl_error err;
    sl_status rc;

    if (!sl_tool_world(tool))
        return SL_EXIT_FILE;
    sl_args_all(args, "plugin-path", paths, SL_MAX_ARGS);
    rc = sl_registry_new(tool->env, tool->mem, paths, &tool->registry, &err);
    if (rc == SL_OK)
        return SL_EXIT_OK;
    sl_tool_error(tool, err.code, err.text);
    return strcmp(err.code, "plugin.folder.missing") ? SL_EXIT_FILE : SL_EXIT_USAGE;
}

void sl_tool_close(sl_tool *tool)
{
    sl_registry_free(tool->registry);
    tool->registry = NULL;
    if (tool->env)
        sl_env_real_free(tool->env);
    tool->env = NULL;
}

void sl_tool_error(const sl_tool *tool, const char *code, const char *text)
{
    const char *red = tool->has_color ? "\033[1;31m" : "";
    const char *plain = tool->has_color ? "\033[0m" : "";

    (void)fprintf(stderr, "%serror[%s]:%s %s\n", red, code, plain, text);
}

int sl_tool_exit(sl_status status, const char *code)
{
    static const struct {
        const char *prefix;
        int code;
    } known[] = {
        {"engine.count", SL_EXIT_BUG},      {"file.", SL_EXIT_FILE},
        {"state.", SL_EXIT_FILE},           {"store.file", SL_EXIT_FILE},
        {"store.full", SL_EXIT_FILE},       {"store.io", SL_EXIT_FILE},
        {"checkpoint.write", SL_EXIT_FILE}, {"dead.", SL_EXIT_FILE},
        {"memory", SL_EXIT_FILE},
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (!strncmp(code, known[i].prefix, strlen(known[i].prefix)))
            return known[i].code;
    }
    if (status == SL_E_CONFIG)
        return SL_EXIT_GRAPH;
    if (status == SL_E_RETRY)
        return SL_EXIT_SERVICE;
    return SL_EXIT_FILE;
}

int sl_tool_print(const sl_tool *tool, const char *text)
{
    size_t len = strlen(text);

    if (fwrite(text, 1, len, stdout) == len && fflush(stdout) == 0)
        return SL_EXIT_OK;
    if (errno == EPIPE)
        return SL_EXIT_OK;
    sl_tool_error(tool, "file.write", "standard output can't be written");
    return SL_EXIT_FILE;
}

int sl_tool_print_json(const sl_tool *tool, sl_json *j)
{
    SL_CLEANUP(sl_mem_freep) char *text = sl_json_take(j, NULL);
    int rc;

    if (!text) {
        sl_tool_error(tool, "memory.short", "memory is short");
        return SL_EXIT_FILE;
    }
    rc = sl_tool_print(tool, text);
    return rc == SL_EXIT_OK ? sl_tool_print(tool, "\n") : rc;
}
