/* SPDX-License-Identifier: Apache-2.0
 *
 * tools/sluice/load.c - from what stands on the command line to a checked graph.
 *
 * The quickstart graph is conf/quickstart.yaml, compiled in, so that it needs no file.
 */
#include "tools/sluice/load.h"

#include <string.h>

#include "tools/sluice/quickstart.h"

#define MAX_SETS 64u

/* The text of a graph that is no file. False when NAME is one, or after a message. */
static int make_text(sl_tool *tool, const char *name, sl_loaded *out, const char **shown, int *rc)
{
    sl_file_info info;
    sl_error err;

    *rc = SL_EXIT_OK;
    if (tool->env->os->stat(name, &info) == 0)
        return 0;
    if (!strcmp(name, "quickstart")) {
        out->text = sl_mem_dup(tool->mem, sl_quickstart_text, strlen(sl_quickstart_text));
        *shown = "quickstart.yaml";
        (void)sl_error_set(&err, SL_E_NOMEM, "memory.short", "memory is short");
    } else if (sl_is_pipeline(name)) {
        out->text = sl_pipeline_text(tool->mem, tool->registry, name, &err);
        *shown = "pipeline";
    } else {
        return 0;
    }
    if (out->text)
        return 1;
    sl_tool_error(tool, err.code, err.text);
    *rc = err.status == SL_E_NOMEM ? SL_EXIT_FILE : SL_EXIT_GRAPH;
    return 0;
}

int sl_load_graph(sl_tool *tool, const sl_args *args, const char *name, sl_loaded *out)
{
    const char *sets[MAX_SETS + 1];
    sl_graph_options options = {.set = sets};
    sl_status status;
    int rc;

    memset(out, 0, sizeof *out);
    rc = sl_tool_registry(tool, args);
    if (rc != SL_EXIT_OK)
        return rc;
    out->diags = sl_diags_new(tool->mem);
    if (!out->diags) {
        sl_tool_error(tool, "memory.short", "memory is short");
        return SL_EXIT_FILE;
    }
    sl_args_all(args, "set", sets, MAX_SETS);
    if (make_text(tool, name, out, &name, &rc))
        options.text = out->text;
    if (rc != SL_EXIT_OK)
        return rc;
    status = sl_graph_load(tool->env, tool->mem, name, tool->registry, &options, out->diags,
                           &out->graph);
    if (status == SL_OK)
        return SL_EXIT_OK;
    if (status == SL_E_CONFIG)
        return SL_EXIT_GRAPH;
    if (!sl_diags_count(out->diags, SL_DIAG_ERROR))
        sl_tool_error(tool, "memory.short", "memory is short");
    return SL_EXIT_FILE;
}

void sl_load_tell(const sl_tool *tool, const sl_loaded *loaded)
{
    SL_CLEANUP(sl_mem_freep) char *text = NULL;

    if (!loaded->diags || (!sl_diags_count(loaded->diags, SL_DIAG_ERROR) &&
                           !sl_diags_count(loaded->diags, SL_DIAG_WARNING)))
        return;
    text = sl_diags_text(loaded->diags, tool->has_color);
    (void)fputs(text ? text : "memory is short\n", stderr);
}

void sl_load_close(sl_loaded *loaded)
{
    sl_graph_free(loaded->graph);
    sl_diags_free(loaded->diags);
    sl_mem_free(loaded->text);
    memset(loaded, 0, sizeof *loaded);
}
