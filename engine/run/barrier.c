/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/run/barrier.c - what a node does at a barrier.
 *
 * flush (only at the end of the run) -> prepare -> snapshot -> dead letters durable -> barrier goes
 * on -> inputs are let go -> the coordinator gets the answer. Flush and prepare may emit and may
 * take their time; the rows they emit are before the barrier, as it is forwarded after them.
 * At a drain decoders are not flushed: the rest that they keep is the cut-off begin of something
 * that is still to be written.
 */
#include "engine/run/run_priv.h"

static int must_flush(const sl_node *node)
{
    uint32_t final = node->run->coord.final;

    if (node->unit->kind == SL_UNIT_SOURCE || node->unit->is_dry)
        return 0;
    return final == SL_FINAL_END || (final == SL_FINAL_DRAIN && !node->unit->is_decoder);
}

static void barrier_end(sl_node *node)
{
    uint64_t number = node->barrier;

    sl_node_set_busy(node, 0);
    node->barrier = 0;
    sl_node_forward(node, (sl_item){.kind = SL_ITEM_BARRIER, .barrier = number});
    for (uint32_t i = 0; i < node->ins; i++)
        node->in[i]->held = 0;
    sl_node_reply(node, SL_CMD_BARRIER);
    sl_lane_ready(node);
}

static void do_snapshot(sl_node *node)
{
    sl_status status = SL_OK;

    sl_mem_free(SL_TAKE(node->state));
    node->state_len = 0;
    if (node->klass->snapshot && !node->unit->is_dry)
        status = node->klass->snapshot(node->self, node->barrier, &node->state, &node->state_len);
    if (status < 0) {
        node->state = NULL;
        sl_node_set_busy(node, 0);
        sl_node_failed(node, status, "save its state");
        return;
    }
    if (sl_dead_sync(node->lane))
        barrier_end(node);
}

static void do_prepare(sl_node *node)
{
    if (node->klass->prepare && !node->unit->is_dry)
        sl_node_op(node, SL_CALL_PREPARE);
    else
        do_snapshot(node);
}

void sl_barrier_begin(sl_node *node, uint64_t number)
{
    node->barrier = number;
    sl_node_set_busy(node, 1);
    if (must_flush(node))
        sl_node_op(node, SL_CALL_FLUSH);
    else
        do_prepare(node);
}

void sl_barrier_next(sl_node *node, uint32_t kind)
{
    if (kind == SL_CALL_FLUSH)
        do_prepare(node);
    else
        do_snapshot(node);
}
