/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/run/run.c - making, starting and ending a run; its counters.
 *
 * The main thread makes the plan and all instances, starts one thread for each lane (all that it
 * does is to run its loop), and runs the coordinator on its own loop. When that is stopped the
 * lanes are too, and their threads have ended before anything is freed.
 */
#include "engine/run/run_priv.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- making -------------------------------------------------------------------------------- */

/* Copy nodes and edges out of GRAPH: they are asked for one by one there. */
static sl_status graph_take(sl_run *run, const sl_graph *graph)
{
    uint32_t nodes = 0;
    uint32_t edges = 0;

    while (sl_graph_node_at(graph, nodes))
        nodes++;
    while (sl_graph_edge_at(graph, edges))
        edges++;
    run->nodes = sl_mem_zalloc(run->parent, nodes + 1u, sizeof *run->nodes);
    run->edges = sl_mem_zalloc(run->parent, edges + 1u, sizeof *run->edges);
    if (!run->nodes || !run->edges)
        return SL_E_NOMEM;
    for (uint32_t i = 0; i < nodes; i++)
        run->nodes[i] = *sl_graph_node_at(graph, i);
    for (uint32_t i = 0; i < edges; i++)
        run->edges[i] = *sl_graph_edge_at(graph, i);
    run->graph = (sl_run_graph){.name = sl_graph_name(graph),
                                .limits = *sl_graph_get_limits(graph),
                                .node = run->nodes,
                                .nodes = nodes,
                                .edge = run->edges,
                                .edges = edges,
                                .graph = graph};
    return SL_OK;
}

static void run_id(sl_run *run)
{
    uint8_t raw[8];

    run->env->random(run->env, raw, sizeof raw);
    for (size_t i = 0; i < sizeof raw; i++)
        (void)snprintf(run->id + 2 * i, 3, "%02x", raw[i]);
}

static void run_works(sl_run *run)
{
    run->fail_work = (sl_work){.fn = sl_coord_on_fail, .arg = run};
    run->stop_work = (sl_work){.fn = sl_coord_on_stop, .arg = run};
    run->checkpoint_work = (sl_work){.fn = sl_coord_on_wanted, .arg = run};
    run->ended_work = (sl_work){.fn = sl_coord_on_ended, .arg = run};
}

static sl_status run_parts(sl_run *run)
{
    sl_env *env = run->env;

    run->mem = sl_mem_new(NULL, run->parent, "graph", run->graph.limits.memory_bytes);
    run->metrics = sl_metrics_new(run->parent);
    run->log =
        sl_log_new(env, run->parent, STDERR_FILENO, run->options.log_level, !isatty(STDERR_FILENO));
    run->loop = env->loop_new(env, run->parent);
    if (!run->mem || !run->metrics || !run->log || !run->loop)
        return SL_E_NOMEM;
    if (run->hooks.log)
        sl_log_capture(run->log, run->hooks.log, run->hooks.log_arg);
    sl_inbox_init(&run->inbox, env, run->loop);
    return SL_OK;
}

static sl_run *run_alloc(sl_mem *mem, const sl_run_options *options, const sl_run_hooks *hooks)
{
    sl_run *run = sl_mem_zalloc(mem, 1, sizeof *run);

    if (!run)
        return NULL;
    run->parent = mem;
    run->env = options->env;
    run->options = *options;
    if (hooks)
        run->hooks = *hooks;
    (void)pthread_mutex_init(&run->split_lock, NULL);
    (void)pthread_mutex_init(&run->error_lock, NULL);
    (void)pthread_mutex_init(&run->load_lock, NULL);
    run_id(run);
    run_works(run);
    return run;
}

/* The rest of making; the graph is in place. */
static sl_status run_make(sl_run *run, sl_diags *diags, sl_run **out, sl_error *err)
{
    sl_status status = run_parts(run);

    if (status != SL_OK) {
        sl_run_free(run);
        return sl_error_set(err, status, "memory",
                            "no memory, or no descriptors, to run the graph");
    }
    run->diags = diags;
    sl_host_init(run);
    status = sl_plan_units(run, err);
    if (status == SL_OK && sl_split_restore(run, run->hooks.restore) != SL_OK)
        status = sl_error_set(err, SL_E_NOMEM, "memory", "no memory for the splits");
    if (run->hooks.restore) {
        run->coord.number = run->hooks.restore->number;
        run->coord.done = run->hooks.restore->number;
    }
    run->diags = NULL;
    if (status != SL_OK) {
        sl_run_free(run);
        return status;
    }
    *out = run;
    return SL_OK;
}

sl_status sl_run_new_from(const sl_run_graph *graph, sl_mem *mem, const sl_run_options *options,
                          const sl_run_hooks *hooks, sl_diags *diags, sl_run **out, sl_error *err)
{
    sl_run *run = run_alloc(mem, options, hooks);

    if (!run)
        return sl_error_set(err, SL_E_NOMEM, "memory", "no memory to run the graph");
    run->graph = *graph;
    return run_make(run, diags, out, err);
}

sl_status sl_run_new(const sl_graph *graph, sl_mem *mem, const sl_run_options *options,
                     sl_diags *diags, sl_run **out, sl_error *err)
{
    sl_run *run = run_alloc(mem, options, NULL);

    if (!run)
        return sl_error_set(err, SL_E_NOMEM, "memory", "no memory to run the graph");
    if (graph_take(run, graph) != SL_OK) {
        sl_run_free(run);
        return sl_error_set(err, SL_E_NOMEM, "memory", "no memory to run the graph");
    }
    return run_make(run, diags, out, err);
}

/* Is a call still out, whose end would come to memory that was freed? */
static int has_stuck(const sl_run *run)
{
    for (uint32_t i = 0; i < run->units; i++) {
        for (uint32_t k = 0; run->unit[i].copy && k < run->unit[i].copies; k++) {
            if (run->unit[i].copy[k] && run->unit[i].copy[k]->is_stuck)
                return 1;
        }
    }
    return 0;
}

void sl_run_free(sl_run *run)
{
    if (!run || has_stuck(run))
        return;
    sl_plan_free(run);
    sl_split_free_all(run);
    sl_checkpoint_free(run->coord.checkpoint);
    sl_inbox_fini(&run->inbox);
    if (run->loop)
        run->env->loop_free(run->loop);
    sl_log_free(run->log);
    sl_metrics_free(run->metrics);
    if (run->mem)
        sl_mem_drop(run->mem);
    sl_mem_free(run->nodes);
    sl_mem_free(run->edges);
    (void)pthread_mutex_destroy(&run->split_lock);
    (void)pthread_mutex_destroy(&run->error_lock);
    (void)pthread_mutex_destroy(&run->load_lock);
    sl_mem_free(run);
}

/* ---- running ------------------------------------------------------------------------------- */

static void lane_main(void *arg)
{
    sl_lane *lane = arg;

    lane->id = pthread_self();
    sl_flag_set(&lane->has_id, 1);
    lane->run->env->loop_run(lane->loop);
}

static void lanes_end(sl_run *run)
{
    for (uint32_t i = 0; i < run->lanes; i++) {
        sl_lane *lane = &run->lane[i];
        if (!lane->thread)
            continue;
        run->env->loop_stop(lane->loop);
        run->env->thread_join(run->env, SL_TAKE(lane->thread));
        sl_flag_set(&lane->has_id, 0);
    }
}

sl_status sl_run_begin(sl_run *run, sl_error *err)
{
    for (uint32_t i = 0; i < run->lanes; i++) {
        sl_lane *lane = &run->lane[i];
        lane->thread = run->env->thread(run->env, lane_main, lane);
        if (!lane->thread) {
            lanes_end(run);
            return sl_error_set(err, SL_E_RETRY, "memory", "no thread to be had for lane %u", i);
        }
    }
    sl_coord_open(run);
    return SL_OK;
}

/* Do the counts of all nodes add up? */
static void check_counts(sl_run *run, sl_run_result *result)
{
    for (uint32_t i = 0; i < run->units && result->outcome != SL_RUN_FAILED; i++) {
        sl_run_counters c;
        uint64_t counted = 0;
        (void)sl_run_counters_at(run, i, &c);
        for (uint32_t k = 0; k < run->unit[i].copies; k++)
            counted |= run->unit[i].copy[k]->count.has_counted;
        if (run->unit[i].kind == SL_UNIT_SOURCE || !counted ||
            c.rows_in == c.used + c.filtered + c.dead)
            continue;
        result->outcome = SL_RUN_FAILED;
        (void)sl_error_set(&result->error, SL_E_FATAL, "engine.count",
                           "%s took in %llu rows, but used %llu, filtered %llu and rejected %llu",
                           c.node, (unsigned long long)c.rows_in, (unsigned long long)c.used,
                           (unsigned long long)c.filtered, (unsigned long long)c.dead);
    }
}

void sl_run_finish(sl_run *run, sl_run_result *result)
{
    lanes_end(run);
    memset(result, 0, sizeof *result);
    for (uint32_t i = 0; i < run->lanes; i++) {
        sl_dead_free(run->lane[i].dead);
        run->lane[i].dead = NULL;
    }
    result->outcome = run->outcome;
    result->dead = __atomic_load_n(&run->dead, __ATOMIC_RELAXED);
    result->rows = __atomic_load_n(&run->rows, __ATOMIC_RELAXED);
    result->failed_splits = __atomic_load_n(&run->failed_splits, __ATOMIC_RELAXED);
    if (run->has_failed) {
        result->outcome = SL_RUN_FAILED;
        result->error = run->error;
    } else if (result->failed_splits) {
        result->error = run->split_error;
    }
    if (result->outcome == SL_RUN_ENDED || result->outcome == SL_RUN_DRAINED)
        check_counts(run, result);
}

sl_status sl_run_start(sl_run *run, sl_run_result *result)
{
    sl_error err;
    sl_status status = sl_run_begin(run, &err);

    if (status != SL_OK) {
        sl_run_fail(run, status, err.code, err.text);
        sl_run_finish(run, result);
        return status;
    }
    run->env->loop_run(run->loop);
    sl_run_finish(run, result);
    return result->outcome == SL_RUN_FAILED ? result->error.status : SL_OK;
}

/* ---- numbers ------------------------------------------------------------------------------- */

int sl_run_counters_at(const sl_run *run, uint32_t i, sl_run_counters *out)
{
    const sl_unit *unit;

    if (i >= run->units)
        return 0;
    unit = &run->unit[i];
    memset(out, 0, sizeof *out);
    out->node = unit->name;
    for (uint32_t k = 0; k < unit->copies; k++) {
        const sl_count *c = &unit->copy[k]->count;
        out->rows_in += sl_count_get(&c->rows_in);
        out->bytes_in += sl_count_get(&c->bytes_in);
        out->rows_out += sl_count_get(&c->rows_out);
        out->used += sl_count_get(&c->used);
        out->filtered += sl_count_get(&c->filtered);
        out->dead += sl_count_get(&c->dead);
        out->dead_parts += sl_count_get(&c->dead_parts);
        out->busy_ns += sl_count_get(&c->busy_ns);
    }
    return 1;
}

void sl_run_extent(const sl_run *run, uint64_t *done, uint64_t *total)
{
    double v;

    *done =
        sl_metrics_total(run->metrics, NULL, "extent_done_bytes", &v) && v > 0 ? (uint64_t)v : 0;
    *total =
        sl_metrics_total(run->metrics, NULL, "extent_total_bytes", &v) && v > 0 ? (uint64_t)v : 0;
}
