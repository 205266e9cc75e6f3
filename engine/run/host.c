/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/run/host.c - the host table that plugins get.
 *
 * One table for each run; a plugin finds its run through its sl_node. Rows are in host_rows.c,
 * timers and descriptors in host_loop.c, splits in split.c, dead letters in dead.c. With debug
 * checks on, every slot looks at the node's mark first.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "engine/run/run_priv.h"

#include "engine/service/env_real.h"

#include <sluice/os.h>

#include <stdio.h>
#include <string.h>

/* [any] slots: is it a node? [inst] slots: is this its thread, too? */
#ifdef SL_DEBUG_CHECKS
#define CHECK_NODE(n) SL_ASSERT((n) && (n)->magic == SL_NODE_MAGIC)
#define CHECK_INST(n)                                                                              \
    SL_ASSERT((n) && (n)->magic == SL_NODE_MAGIC &&                                                \
              (!sl_flag(&(n)->lane->has_id) || pthread_equal((n)->lane->id, pthread_self())))
#else
#define CHECK_NODE(n) ((void)(n))
#define CHECK_INST(n) ((void)(n))
#endif

static const void *host_extension(sl_node *node, const char *id)
{
    if (!strcmp(id, "sluice.os/1"))
        return node ? node->run->env->os : sl_os_real();
    if (!strcmp(id, "sluice.paths/1"))
        return sl_host_paths();
    if (!strcmp(id, "sluice.store/1"))
        return sl_host_stores();
    return NULL;
}

const void *sl_host_extension(sl_node *node, const char *id)
{
    return host_extension(node, id);
}

/* ---- failures and log ---------------------------------------------------------------------- */

static void host_fail(sl_node *node, const char *code, const char *text)
{
    CHECK_NODE(node);
    (void)pthread_mutex_lock(&node->fail_lock);
    (void)sl_error_set(&node->fail, SL_E_FATAL, code, "%s", text);
    sl_flag_set(&node->has_fail, 1);
    (void)pthread_mutex_unlock(&node->fail_lock);
}

static void host_fail_at(sl_node *node, const char *path, uint32_t at, uint32_t len,
                         const char *code, const char *text)
{
    sl_run *run = node->run;

    host_fail(node, code, text);
    if (!run->diags)
        return;
    if (run->graph.graph)
        sl_diag(run->diags, SL_DIAG_ERROR, code,
                sl_graph_setting_place(run->graph.graph, node->unit->index, path, at, len), "%s",
                text);
    else
        sl_diag(run->diags, SL_DIAG_ERROR, code, node->unit->def->place, "%s", text);
}

static void host_log(sl_node *node, uint32_t level, const char *code, const char *text)
{
    CHECK_NODE(node);
    sl_log_write(node->run->log, level, node->unit->name, code, text);
}

static int32_t host_log_wanted(sl_node *node, uint32_t level)
{
    return sl_log_wanted(node->run->log, level);
}

/* ---- memory -------------------------------------------------------------------------------- */

static void *host_alloc(sl_node *node, uint64_t bytes)
{
    sl_mem *mem;
    void *block;

    if (node)
        return sl_mem_alloc(node->mem, bytes);
    mem = sl_mem_new(sl_mem_libc(), NULL, "plugin", 0);
    if (!mem)
        return NULL;
    block = sl_mem_alloc(mem, bytes);
    sl_mem_drop(mem); /* lives as long as the block */
    return block;
}

static void *host_resize(sl_node *node, void *mem, uint64_t bytes)
{
    if (!mem)
        return host_alloc(node, bytes);
    return sl_mem_resize(node ? node->mem : NULL, mem, bytes);
}

static void host_release(void *mem)
{
    sl_mem_free(mem);
}

/* ---- rows, counts, calls ------------------------------------------------------------------- */

static sl_status host_emit(sl_node *node, uint32_t port, sl_batch *batch)
{
    CHECK_INST(node);
    return sl_node_emit(node, port, batch);
}

static void host_reject(sl_node *node, sl_batch *batch, const uint16_t *row, uint32_t n,
                        const char *code, const char *why)
{
    CHECK_INST(node);
    sl_dead_rows(node, batch, row, n, code, why);
}

static void host_count(sl_node *node, uint64_t used, uint64_t filtered)
{
    CHECK_INST(node);
    sl_count_add(&node->count.used, used);
    sl_count_add(&node->count.filtered, filtered);
    __atomic_store_n(&node->count.has_counted, 1, __ATOMIC_RELAXED);
}

static void host_wake(sl_node *node)
{
    CHECK_NODE(node);
    sl_flag_set(&node->src.is_woken, 1);
    sl_inbox_send(&node->lane->inbox, &node->src.wake);
}

static int32_t host_canceled(sl_node *node)
{
    return sl_flag(&node->run->is_canceled);
}

/* ---- names, clocks, numbers ---------------------------------------------------------------- */

static uint64_t host_identity(sl_node *node, const char **graph, const char **name)
{
    if (graph)
        *graph = node->run->graph.name;
    if (name)
        *name = node->unit->name;
    return 1;
}

static int64_t host_now(sl_node *node)
{
    return node->run->env->now_ns(node->run->env);
}

static void host_random(sl_node *node, void *out, uint64_t len)
{
    node->run->env->random(node->run->env, out, len);
}

static sl_metric *host_metric(sl_node *node, uint32_t kind, const char *name, const char *unit,
                              const char *help)
{
    CHECK_INST(node);
    return sl_metrics_cell(node->run->metrics, node->unit->name, node->klass->id, kind, name, unit,
                           help);
}

static void host_observe(sl_metric *metric, double value)
{
    sl_metric_observe(metric, value);
}

static uint64_t host_limit(sl_node *node, uint32_t which)
{
    const sl_graph_limits *limits = &node->run->graph.limits;

    CHECK_NODE(node);
    switch (which) {
    case SL_LIMIT_RECORD:
        return limits->record_bytes;
    case SL_LIMIT_DEPTH:
        return limits->depth;
    case SL_LIMIT_BATCH_BYTES:
        return limits->batch_bytes;
    case SL_LIMIT_BATCH_ROWS:
        return limits->batch_records;
    default:
        return 0;
    }
}

void sl_host_init(sl_run *run)
{
    run->host = (sl_host){
        .size = sizeof(sl_host),
        .abi_major = SL_ABI_MAJOR,
        .abi_minor = SL_ABI_MINOR,
        .version = SL_SDK_VERSION,
        .rows = sl_host_rows(),
        .extension = run->hooks.extension ? run->hooks.extension : host_extension,
        .fail = host_fail,
        .fail_at = host_fail_at,
        .log = host_log,
        .log_wanted = host_log_wanted,
        .get_int = sl_config_int,
        .get_float = sl_config_float,
        .get_text = sl_config_text,
        .get_count = sl_config_count,
        .get_item = sl_config_item,
        .alloc = host_alloc,
        .resize = host_resize,
        .release = host_release,
        .emit = host_emit,
        .reject = host_reject,
        .reject_part = sl_dead_part,
        .count = host_count,
        .finish = sl_call_finish,
        .wake = host_wake,
        .canceled = host_canceled,
        .split = sl_split_add,
        .offsets = sl_split_offsets,
        .identity = host_identity,
        .watermark = sl_split_watermark,
        .now = host_now,
        .random = host_random,
        .timer = sl_host_timer,
        .watch = sl_host_watch,
        .unwatch = sl_host_unwatch,
        .metric = host_metric,
        .observe = host_observe,
        .split_failed = sl_split_fail,
        .limit = host_limit,
    };
    if (run->hooks.host)
        run->hooks.host(&run->host);
}
