/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/fault/slsweep.c - run a whole graph with the n-th allocation or file call failing.
 *
 * usage: slsweep memory|eio|enospc|short [from] N GRAPH STATE [NAME=VALUE ...]
 *
 * N 0 runs without a fault. Prints one line: how many calls there were, whether the fault was met,
 * the outcome, the rows of the sources and the dead letters. Exit status 0 when the graph ended, 1
 * when it, or a split of its sources, failed with an error that has a code, 2 when an error had
 * none, 3 when memory was not given back. sweep.py counts N up and looks at what each run left
 * behind.
 */
#include "engine/run/run.h"
#include "tests/lib/fault_env.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_NS 200000000 /* a call that goes on failing is asked for so long */

static uint32_t kind_of(const char *name)
{
    static const char *const names[] = {"none", "memory", "eio", "enospc", "short"};

    for (uint32_t i = 1; i < sizeof names / sizeof *names; i++) {
        if (!strcmp(name, names[i]))
            return i;
    }
    fprintf(stderr, "slsweep: no fault \"%s\"\n", name);
    exit(64);
}

/* Load and run GRAPH; gives the outcome, and why in ERR. */
static uint32_t play(sl_env *env, sl_mem *mem, const char *path, const char *state,
                     const char *const *set, sl_run_result *result)
{
    static const char *const no_paths[] = {NULL};
    sl_graph_options graph_options = {.set = set};
    sl_registry *registry = NULL;
    sl_graph *graph = NULL;
    sl_run *run = NULL;
    sl_diags *diags = sl_diags_new(mem);
    sl_status rc = diags ? sl_registry_new(env, mem, no_paths, &registry, &result->error)
                         : sl_error_set(&result->error, SL_E_NOMEM, "memory", "no memory");
    sl_run_options options = {.env = env,
                              .state_dir = state,
                              .max_dead = UINT64_MAX,
                              .until_end = 1,
                              .log_level = 4,
                              .retry_ns = RETRY_NS};

    result->outcome = SL_RUN_FAILED;
    options.registry = registry;
    if (rc == SL_OK)
        rc = sl_graph_load(env, mem, path, registry, &graph_options, diags, &graph);
    if (rc == SL_OK)
        rc = sl_run_new(graph, mem, &options, diags, &run, &result->error);
    if (rc == SL_OK)
        rc = sl_run_start(run, result);
    if (rc != SL_OK && !*result->error.code && diags && sl_diags_count(diags, SL_DIAG_ERROR))
        (void)sl_error_set(&result->error, rc, "config", "%u diagnostics",
                           sl_diags_count(diags, SL_DIAG_ERROR));
    if (rc == SL_E_NOMEM && !*result->error.code)
        (void)sl_error_set(&result->error, rc, "memory", "no memory");
    sl_run_free(run);
    sl_graph_free(graph);
    sl_registry_free(registry);
    sl_diags_free(diags);
    return result->outcome;
}

int main(int argc, char **argv)
{
    static const char *const outcomes[] = {"ended", "drained", "stopped", "failed"};
    sl_run_result result = {0};
    sl_mem *outer = sl_mem_new(NULL, NULL, "env", 0);
    sl_env *env = outer ? sl_env_real_new(outer) : NULL;
    uint32_t from = argc > 2 && !strcmp(argv[2], "from") ? 1 : 0;
    fault_counts counts;
    sl_mem *mem;
    uint32_t outcome = SL_RUN_FAILED;

    if (argc < (int)from + 5 || !env) {
        fprintf(stderr,
                "usage: slsweep memory|eio|enospc|short [from] N GRAPH STATE [NAME=VALUE ...]\n");
        return 64;
    }
    fault_env_set(env, kind_of(argv[1]) | (from ? FAULT_FROM : 0),
                  strtoull(argv[from + 2], NULL, 10));
    mem = sl_mem_new(env->mem, NULL, "sweep", 0);
    if (mem)
        outcome = play(env, mem, argv[from + 3], argv[from + 4],
                       (const char *const *)argv + from + 5, &result);
    else
        (void)sl_error_set(&result.error, SL_E_NOMEM, "memory", "no memory");
    sl_mem_drop(mem);
    counts = fault_env_counts();
    printf("calls %" PRIu64 " met %d %s rows %" PRIu64 " dead %" PRIu64 " left %" PRIu64
           " %s: %s\n",
           counts.calls, counts.met, outcomes[outcome], result.rows, result.dead, counts.blocks,
           result.error.code, result.error.text);
    if (counts.blocks)
        return 3;
    sl_env_real_free(env);
    sl_mem_drop(outer);
    if (outcome != SL_RUN_FAILED && !result.failed_splits)
        return 0;
    return *result.error.code ? 1 : 2;
}
