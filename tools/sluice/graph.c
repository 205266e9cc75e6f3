/* SPDX-License-Identifier: Apache-2.0
 *
 * tools/sluice/graph.c - `sluice graph` and `sluice schema`: a graph as resolved, and what one is.
 *
 * Short forms are written out, variables put in, secrets shown as stars.
 */
#include <string.h>

#include "engine/graph/schema.h"
#include "tools/sluice/load.h"

static int graph(sl_tool *tool, const sl_args *args)
{
    const char *format = sl_args_get(args, "format");
    SL_CLEANUP(sl_mem_freep) char *text = NULL;
    sl_loaded loaded;
    int rc = sl_load_graph(tool, args, args->operand[0], &loaded);

    sl_load_tell(tool, &loaded);
    if (rc == SL_EXIT_OK) {
        text = sl_graph_print(loaded.graph, tool->mem, format ? format : "text");
        if (!text) {
            sl_tool_error(tool, "memory.short", "memory is short");
            rc = SL_EXIT_FILE;
        } else {
            rc = sl_tool_print(tool, text);
        }
        if (rc == SL_EXIT_OK && *text && text[strlen(text) - 1] != '\n')
            rc = sl_tool_print(tool, "\n");
    }
    sl_load_close(&loaded);
    return rc;
}

static const sl_option graph_options[] = {
    {"format", "text|dot|json", SL_OPTION_WORDS, "text (default), Graphviz or JSON"},
    SL_OPTION_SET,
    SL_OPTION_PLUGIN_PATH,
    SL_OPTION_COLOR,
    SL_OPTION_END,
};

const sl_command sl_command_graph = {
    .name = "graph",
    .operands = "GRAPH",
    .brief = "print a graph as sluice understands it",
    .details = "Short forms are written out and defaults put in; secrets show as `***`.",
    .options = graph_options,
    .min_operands = 1,
    .max_operands = 1,
    .run = graph,
};

static int schema(sl_tool *tool, const sl_args *args)
{
    SL_CLEANUP(sl_mem_freep) char *text = NULL;
    int rc = sl_tool_registry(tool, args);

    if (rc != SL_EXIT_OK)
        return rc;
    text = sl_graph_schema(tool->registry, tool->mem);
    if (!text) {
        sl_tool_error(tool, "memory.short", "memory is short");
        return SL_EXIT_FILE;
    }
    rc = sl_tool_print(tool, text);
    return rc == SL_EXIT_OK && text[strlen(text) - 1] != '\n' ? sl_tool_print(tool, "\n") : rc;
}

static const sl_option schema_options[] = {SL_OPTION_PLUGIN_PATH, SL_OPTION_END};

const sl_command sl_command_schema = {
    .name = "schema",
    .operands = "",
    .brief = "print the JSON Schema of graph files, with the settings of all plugins",
    .details = "An editor that knows YAML schemas completes and checks graphs with it: "
               "`# yaml-language-server: $schema=FILE` as the first line of the graph.",
    .options = schema_options,
    .run = schema,
};
