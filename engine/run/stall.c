/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/run/stall.c - nodes that have no room although nothing moves behind them.
 *
 * Batches that wait in queues or calls let go of their memory by and by, and the node is woken. But
 * a plugin may keep references in its state; then the pool stays full with nothing on its way. A
 * node that finds that twice in a row first asks for a checkpoint, at which writers let go, and is
 * then allowed one call beyond its credit. The memory limit of the graph holds all the same.
 */
#include "engine/run/run_priv.h"

#define STALL_NS 100000000

static int link_has_some(const sl_link *link)
{
    if (__atomic_load_n(&link->count, __ATOMIC_RELAXED))
        return 1;
    return link->ring && __atomic_load_n(&link->ring->head, __ATOMIC_RELAXED) !=
                             __atomic_load_n(&link->ring->tail, __ATOMIC_RELAXED);
}

static int node_works(const sl_node *node)
{
    return __atomic_load_n(&node->inflight, __ATOMIC_RELAXED) ||
           __atomic_load_n(&node->held, __ATOMIC_RELAXED) ||
           __atomic_load_n(&node->is_op_busy, __ATOMIC_RELAXED);
}

/* Is anything on its way behind NODE, on whatever lane? */
static int is_moving(const sl_node *node)
{
    const sl_run *run = node->run;

    for (uint32_t i = 0; i < run->links; i++) {
        const sl_unit *to = run->link[i]->to->unit;
        if (to != node->unit && to->upstream[node->unit->index] && link_has_some(run->link[i]))
            return 1;
    }
    for (uint32_t n = 0; n < run->units; n++) {
        const sl_unit *unit = &run->unit[n];
        if (unit == node->unit || !unit->upstream[node->unit->index])
            continue;
        for (uint32_t k = 0; k < unit->copies; k++) {
            if (node_works(unit->copy[k]))
                return 1;
        }
    }
    return 0;
}

static void on_stall(void *arg);

static void stall_watch(sl_node *node)
{
    if (!node->stall)
        node->stall = node->run->env->timer(node->lane->loop, STALL_NS, 0, on_stall, node);
}

static void on_stall(void *arg)
{
    sl_node *node = arg;

    node->run->env->event_free(SL_TAKE(node->stall));
    if (node->is_closed || sl_flag(&node->run->is_halted))
        return;
    if (sl_node_has_room(node)) {
        node->stalls = 0;
        sl_lane_ready(node);
        return;
    }
    if (is_moving(node)) {
        node->stalls = 0;
        stall_watch(node);
        return;
    }
    if (node->stalls++ == 0) {
        sl_inbox_send(&node->run->inbox, &node->run->checkpoint_work);
        stall_watch(node);
        return;
    }
    node->may_pass = 1;
    sl_lane_ready(node);
}

int sl_node_may_run(sl_node *node)
{
    if (sl_node_has_room(node))
        return 1;
    if (node->may_pass) {
        node->may_pass = 0;
        return 1;
    }
    stall_watch(node);
    return 0;
}
