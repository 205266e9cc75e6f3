/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/run/run.h - running a checked graph.
 *
 * sl_run_new makes the plan (which node on which lane, which edge through which queue, the slots of
 * each edge) and creates all instances, which is all that `sluice check` needs; sl_run_start opens
 * them and returns when the graph has ended, drained or failed.
 */
#ifndef SL_RUN_RUN_H
#define SL_RUN_RUN_H
#include "engine/graph/graph.h"

typedef struct sl_run sl_run;

typedef struct sl_run_options {
    sl_env *env;
    sl_registry *registry;
    const char *state_dir; /* dead letters; made when missing */
    uint64_t limit;        /* stop after so many records of the sources; 0: none. With a limit no
                            * checkpoint is kept or gone back to: it is a trial */
    uint64_t max_dead;     /* more dead letters than this: result says so; UINT64_MAX: any */
    int until_end;         /* bounded sources end the run (a follower that never ends is drained) */
    int dry_run;           /* sinks and writers only count */
    uint32_t log_level;    /* least level shown on standard error */
    /* [main] Called about 4 times a second while running; may be NULL. */
    void (*progress)(void *arg, const sl_run *run);
    void *progress_arg;
    uint32_t lanes; /* instead of the graph's limits.lanes; 0: as the graph says */
    /* How long a call or a source that fails for the moment is asked again before the run fails; 0:
     * as long as it takes. */
    int64_t retry_ns;
} sl_run_options;

/* The counters of one node, summed over its lanes. */
typedef struct sl_run_counters {
    const char *node;
    uint64_t rows_in;
    uint64_t bytes_in;
    uint64_t rows_out;
    uint64_t used;
    uint64_t filtered;
    uint64_t dead;       /* rows rejected whole */
    uint64_t dead_parts; /* parts of payloads rejected by a decoder */
    uint64_t busy_ns;
} sl_run_counters;

#define SL_RUN_ENDED   0u /* all bounded sources ended, or the limit was reached */
#define SL_RUN_DRAINED 1u /* a signal: drained */
#define SL_RUN_STOPPED 2u /* a second signal: stopped before the drain had ended */
#define SL_RUN_FAILED  3u /* see the error */

typedef struct sl_run_result {
    uint32_t outcome;       /* SL_RUN_* */
    uint64_t dead;          /* all dead letters */
    uint64_t rows;          /* records read: what sources gave, or their decoders made of it */
    uint64_t failed_splits; /* splits that could not be read to their end */
    sl_error error;         /* of SL_RUN_FAILED; else of the first split that failed, or empty */
} sl_run_result;

/* [main] Plan GRAPH (shared: must outlive the run), load its modules and create all instances.
 * What a plugin finds wrong with its settings goes to DIAGS: SL_E_CONFIG. */
sl_status sl_run_new(const sl_graph *graph, sl_mem *mem, const sl_run_options *options,
                     sl_diags *diags, sl_run **out, sl_error *err);
/* [main] Destroy all. NULL is fine. Where a plugin has not ended a call in time, everything is left
 * as it is: the process is about to end. */
void sl_run_free(sl_run *run);
/* [main] Open everything and run to the end. Counts are checked: rows in = used + filtered + dead
 * for every node, else the result is SL_RUN_FAILED with code engine.count. */
sl_status sl_run_start(sl_run *run, sl_run_result *result);
/* [any] Drain: sources stop, what is under way is finished and committed. A second call stops at
 * once. Safe in a signal callback of the loop, not in a signal handler. */
void sl_run_stop(sl_run *run);
/* [any] The counters of node I (order of the graph); false past the last. */
int sl_run_counters_at(const sl_run *run, uint32_t i, sl_run_counters *out);
/* [any] What bounded sources have to read in all and have read, in bytes; 0 when unknown. */
void sl_run_extent(const sl_run *run, uint64_t *done, uint64_t *total);

#endif
