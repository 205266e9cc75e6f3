/* SPDX-License-Identifier: Apache-2.0
 *
 * tools/sluice/summary.h - what a run tells while it goes on and when it is over.
 *
 * Numbers come from the counters of the nodes; all have units. Text for people on standard error,
 * JSON for programs on standard output.
 */
#ifndef SL_TOOLS_SUMMARY_H
#define SL_TOOLS_SUMMARY_H
#include "engine/run/run.h"
#include "tools/sluice/command.h"

/* State of the progress line; begin with zeros and graph, env, to. */
typedef struct sl_progress {
    const sl_graph *graph;
    sl_env *env;
    FILE *to;
    int64_t started_ns;
    int64_t last_ns; /* of the line before, for rates */
    uint64_t last_rows;
    uint64_t last_bytes;
    int is_shown; /* a line stands on the terminal */
} sl_progress;

/* [main] sl_run_options.progress: draw the line again. ARG is an sl_progress. */
void sl_progress_draw(void *arg, const sl_run *run);
/* [main] Wipe the line. */
void sl_progress_clear(sl_progress *progress);

typedef struct sl_summary {
    const sl_graph *graph;
    const sl_run *run;
    const sl_run_result *result;
    const char *state_dir;
    int64_t took_ns;
    int exit_code;
    int is_dry;
} sl_summary;

/* [main] Tell how it went: a line for the run, one a node, and where dead letters are. With
 * IS_QUIET only what went wrong. */
void sl_summary_text(const sl_tool *tool, const sl_summary *s);
/* [main] The same as one JSON object on standard output. Gives an exit status. */
int sl_summary_json(const sl_tool *tool, const sl_summary *s);

/* [any] N with thousands apart ("1,204,000") in OUT. Gives OUT. */
const char *sl_show_count(uint64_t n, char out[32]);
/* [any] N bytes as people read them ("3.1 GB") in OUT. Gives OUT. */
const char *sl_show_bytes(double n, char out[32]);
/* [any] Records or other things as people read them ("1.9 M") in OUT. Gives OUT. */
const char *sl_show_short(double n, char out[32]);
/* [any] NS nanoseconds ("820 ms", "2.2 s", "3 min 5 s") in OUT. Gives OUT. */
const char *sl_show_time(int64_t ns, char out[32]);

#endif
