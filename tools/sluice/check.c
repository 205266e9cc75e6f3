/* SPDX-License-Identifier: Apache-2.0
 *
 * tools/sluice/check.c - `sluice check`: everything that can be known without running.
 *
 * The graph is read and checked against descriptors; when that went well all instances are made, so
 * that plugins look at their own settings (create does no input or output), and destroyed again.
 */
#include <string.h>

#include "engine/run/run.h"
#include "tools/sluice/load.h"

/* Make all instances; what they find wrong is in the diagnostics afterwards. */
static int create_all(sl_tool *tool, sl_loaded *loaded)
{
    sl_run_options options = {.env = tool->env, .registry = tool->registry, .dry_run = 1};
    sl_run *run = NULL;
    sl_error err;
    sl_status rc;

    options.max_dead = UINT64_MAX;
    rc = sl_run_new(loaded->graph, tool->mem, &options, loaded->diags, &run, &err);
    sl_run_free(run);
    if (rc == SL_OK)
        return SL_EXIT_OK;
    if (!sl_diags_count(loaded->diags, SL_DIAG_ERROR))
        sl_tool_error(tool, err.code, err.text);
    return sl_tool_exit(rc, err.code);
}

static int tell(sl_tool *tool, const sl_args *args, const sl_loaded *loaded, const char *name,
                int rc)
{
    const char *format = sl_args_get(args, "format");
    SL_CLEANUP(sl_mem_freep) char *json = NULL;
    uint32_t nodes = 0;

    if (format && !strcmp(format, "json")) {
        json = loaded->diags ? sl_diags_json(loaded->diags) : NULL;
        if (!json)
            return SL_EXIT_FILE;
        (void)sl_tool_print(tool, json);
        (void)sl_tool_print(tool, "\n");
        return rc;
    }
    sl_load_tell(tool, loaded);
    while (loaded->graph && sl_graph_node_at(loaded->graph, nodes))
        nodes++;
    if (rc == SL_EXIT_OK && !tool->is_quiet)
        (void)printf("%s: ok, %u node%s\n", name, nodes, nodes == 1 ? "" : "s");
    return rc;
}

static int check_one(sl_tool *tool, const sl_args *args, const char *name)
{
    sl_loaded loaded;
    int rc = sl_load_graph(tool, args, name, &loaded);

    if (rc == SL_EXIT_OK)
        rc = create_all(tool, &loaded);
    if (rc == SL_EXIT_OK && sl_args_get(args, "strict") &&
        sl_diags_count(loaded.diags, SL_DIAG_WARNING))
        rc = SL_EXIT_GRAPH;
    if (rc == SL_EXIT_OK || rc == SL_EXIT_GRAPH)
        rc = tell(tool, args, &loaded, name, rc);
    else
        sl_load_tell(tool, &loaded);
    sl_load_close(&loaded);
    return rc;
}

static int check(sl_tool *tool, const sl_args *args)
{
    return check_one(tool, args, args->operand[0]);
}

static const sl_option options[] = {
    {"strict", NULL, 0, "warnings count as errors"},
    {"format", "text|json", SL_OPTION_WORDS, "how to print what is wrong"},
    SL_OPTION_SET,
    SL_OPTION_PLUGIN_PATH,
    SL_OPTION_COLOR,
    {"quiet", NULL, 0, "say nothing when all is well"},
    SL_OPTION_END,
};

const sl_command sl_command_check = {
    .name = "check",
    .operands = "GRAPH",
    .brief = "tell all mistakes of a graph, each at its place, without running it",
    .details = "Reads the graph and what it includes, checks every setting, edge and expression, "
               "and touches no service and no data. Exit status 78 when the graph is wrong.",
    .options = options,
    .min_operands = 1,
    .max_operands = 1,
    .run = check,
};
