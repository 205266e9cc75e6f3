/* SPDX-License-Identifier: Apache-2.0
 *
 * tools/sluice/load.h - from what stands on the command line to a checked graph.
 *
 * GRAPH is a file, the word quickstart, or a pipeline on the line: "file:clicks.json | stdout".
 */
#ifndef SL_TOOLS_LOAD_H
#define SL_TOOLS_LOAD_H
#include "tools/sluice/command.h"

typedef struct sl_loaded {
    sl_diags *diags;
    sl_graph *graph; /* may be there although it is wrong */
    char *text;      /* of a graph that is no file; NULL */
} sl_loaded;

/* [main] Make the registry, then read and check GRAPH. Mistakes are in OUT->diags and not printed.
 * Gives SL_EXIT_OK, SL_EXIT_GRAPH when it is wrong, or another after a message. Free OUT with
 * sl_load_close in any case. */
int sl_load_graph(sl_tool *tool, const sl_args *args, const char *name, sl_loaded *out);
/* [main] Print the diagnostics of LOADED on standard error; nothing when there are none. */
void sl_load_tell(const sl_tool *tool, const sl_loaded *loaded);
/* [main] Free all of it. */
void sl_load_close(sl_loaded *loaded);

/* [main] The text of the graph for a pipeline on the line (give; sl_mem_free). NULL with ERR filled
 * in when LINE is none: SL_E_CONFIG, or SL_E_NOMEM. */
char *sl_pipeline_text(sl_mem *mem, const sl_registry *reg, const char *line, sl_error *err);
/* [any] Does NAME look like a pipeline rather than a file? */
int sl_is_pipeline(const char *name);

#endif
