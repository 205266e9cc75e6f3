/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/run/node.c - one copy of a node: what it takes next, and the coordinator's orders.
 *
 * A node takes items of its inputs in turn. An input that has delivered a barrier is held until all
 * others have; the barrier begins when all are held and no call is in flight. A commit waits for
 * that as well, and no batch is taken before it is done. All of it runs on the lane's thread.
 */
#include "engine/run/run_priv.h"

#include <string.h>

/* ---- items --------------------------------------------------------------------------------- */

static int all_held(const sl_node *node)
{
    for (uint32_t i = 0; i < node->ins; i++) {
        if (!node->in[i]->held)
            return 0;
    }
    return node->ins > 0;
}

static int is_quiet(const sl_node *node)
{
    return !node->inflight && !node->is_op_busy && !node->held && !node->now;
}

void sl_node_quiet(sl_node *node)
{
    if (node->inflight)
        return;
    if (node->wants_halt) {
        if (node->now)
            return;
        node->wants_halt = 0;
        node->is_halted = 1;
        sl_node_reply(node, SL_CMD_HALT);
        return;
    }
    if (!is_quiet(node) || sl_flag(&node->run->is_halted))
        return;
    if (node->wants_commit) {
        node->wants_commit = 0;
        sl_node_op(node, SL_CALL_COMMIT);
        return;
    }
    if (!node->barrier && all_held(node)) {
        sl_barrier_begin(node, node->in[0]->held);
        return;
    }
    for (uint32_t i = 0; i < node->ins; i++) {
        if (node->in[i]->ring || node->in[i]->count) {
            sl_lane_ready(node);
            return;
        }
    }
}

void sl_node_mark(sl_node *node, sl_link *link, int64_t time_us)
{
    const sl_transform_ops *transform = node->klass->ops;
    int64_t least = INT64_MAX;
    sl_status status = SL_OK;

    if (time_us <= link->mark_us)
        return;
    link->mark_us = time_us;
    for (uint32_t i = 0; i < node->ins; i++) {
        if (node->in[i]->mark_us < least)
            least = node->in[i]->mark_us;
    }
    if (least <= node->mark_us)
        return;
    node->mark_us = least;
    if (node->unit->kind == SL_UNIT_TRANSFORM && transform->advance && !node->unit->is_dry) {
        sl_node *before = sl_lane_enter(node);
        status = transform->advance(node->self, least);
        sl_lane_leave(node, before);
    }
    if (status < 0)
        sl_node_failed(node, status, "advance in time");
    sl_node_forward(node, (sl_item){.kind = SL_ITEM_MARK, .time_us = least});
}

/* Take the first item of LINK. False when it can't be taken now. */
static int take_item(sl_node *node, sl_link *link, const sl_item *item)
{
    if (item->kind == SL_ITEM_BARRIER) {
        sl_link_pop(link);
        link->held = item->barrier;
        if (all_held(node))
            sl_node_quiet(node);
        return 1;
    }
    if (!sl_node_is_free(node) || !sl_node_may_run(node))
        return 0;
    sl_link_pop(link);
    if (item->kind == SL_ITEM_MARK)
        sl_node_mark(node, link, item->time_us);
    else
        sl_node_process(node, link->to_port, item->batch);
    return 1;
}

/* Take one item of the inputs, each in its turn. False when there is none to take. */
static int take_one(sl_node *node)
{
    for (uint32_t i = 0; i < node->ins; i++) {
        uint32_t k = (node->turn + i) % node->ins;
        sl_link *link = node->in[k];
        sl_item item;
        if (link->held || !sl_link_peek(link, &item))
            continue;
        if (!take_item(node, link, &item))
            return 0;
        node->turn = (k + 1) % node->ins;
        return 1;
    }
    return 0;
}

int sl_node_step(sl_node *node)
{
    if (node->is_closed || !node->is_open || sl_flag(&node->run->is_halted))
        return 0;
    if (node->held) {
        if (node->held->timer || !sl_node_may_run(node))
            return 0;
        sl_node_again(node);
        if (node->held)
            return 0;
    }
    if (node->unit->kind == SL_UNIT_SOURCE)
        return sl_source_step(node);
    for (uint32_t n = 0; n < SL_DRAIN_BATCH; n++) {
        if (!take_one(node))
            return 0;
    }
    return 1;
}

/* ---- orders -------------------------------------------------------------------------------- */

void sl_node_reply(sl_node *node, uint32_t cmd)
{
    sl_inbox_send(&node->run->inbox, &node->cmd[cmd].reply);
}

void sl_node_order(sl_node *node, uint32_t cmd)
{
    sl_inbox_send(&node->lane->inbox, &node->cmd[cmd].order);
}

static void on_reply(void *arg)
{
    sl_cmd *cmd = arg;

    sl_coord_reply(cmd->node->run, cmd->node, cmd->cmd);
}

static void do_open(sl_node *node)
{
    sl_node_op(node, SL_CALL_OPEN);
}

static void do_start(sl_node *node)
{
    node->src.is_started = 1;
    sl_source_assign(node);
    sl_lane_ready(node);
}

static void do_barrier(sl_node *node)
{
    sl_source_barrier(node, node->run->coord.number);
}

static void do_commit(sl_node *node)
{
    node->wants_commit = 1;
    sl_node_quiet(node);
}

static void do_halt(sl_node *node)
{
    node->wants_halt = 1;
    if (node->stall)
        node->run->env->event_free(SL_TAKE(node->stall));
    sl_node_drop_held(node);
    sl_source_assign_end(node);
    if (node->src.timer)
        node->run->env->event_free(SL_TAKE(node->src.timer));
    sl_node_quiet(node);
}

static void do_abort(sl_node *node)
{
    sl_node_op(node, SL_CALL_ABORT);
}

static void do_close(sl_node *node)
{
    node->is_closed = 1;
    sl_node_drop_held(node);
    sl_source_assign_end(node);
    if (node->stall)
        node->run->env->event_free(SL_TAKE(node->stall));
    if (node->is_open && !node->unit->is_dry && node->klass->close && !node->is_stuck)
        node->klass->close(node->self);
    sl_host_events_free(node); /* what close has not ended itself */
    node->is_open = 0;
    sl_node_reply(node, SL_CMD_CLOSE);
}

static void (*const cmd_fns[SL_CMDS])(sl_node *node) = {
    [SL_CMD_OPEN] = do_open,     [SL_CMD_START] = do_start,    [SL_CMD_BARRIER] = do_barrier,
    [SL_CMD_COMMIT] = do_commit, [SL_CMD_ACK] = sl_source_ack, [SL_CMD_HALT] = do_halt,
    [SL_CMD_ABORT] = do_abort,   [SL_CMD_CLOSE] = do_close,
};

static void on_order(void *arg)
{
    sl_cmd *cmd = arg;

    cmd_fns[cmd->cmd](cmd->node);
}

void sl_node_op_done(sl_node *node, uint32_t kind, sl_status status)
{
    static const char *const what[] = {
        [SL_CALL_OPEN] = "open",       [SL_CALL_PROCESS] = "",      [SL_CALL_FLUSH] = "flush",
        [SL_CALL_PREPARE] = "prepare", [SL_CALL_COMMIT] = "commit", [SL_CALL_ABORT] = "abort",
    };

    if (status < 0 && kind != SL_CALL_ABORT) {
        sl_node_set_busy(node, 0);
        if (kind == SL_CALL_PREPARE)
            node->token = NULL;
        sl_node_failed(node, status, what[kind]);
        return;
    }
    if (kind == SL_CALL_FLUSH || kind == SL_CALL_PREPARE) {
        sl_barrier_next(node, kind);
        return;
    }
    sl_node_set_busy(node, 0);
    if (kind == SL_CALL_OPEN) {
        node->is_open = 1;
        sl_node_reply(node, SL_CMD_OPEN);
        return;
    }
    sl_mem_free(SL_TAKE(node->token));
    node->token_len = 0;
    sl_node_reply(node, kind == SL_CALL_COMMIT ? SL_CMD_COMMIT : SL_CMD_ABORT);
    sl_lane_ready(node);
}

/* ---- life ---------------------------------------------------------------------------------- */

static void on_ready(void *arg)
{
    sl_lane_ready(arg);
}

static void on_assign(void *arg)
{
    sl_source_assign(arg);
}

/* [any] A pool of NODE has fallen below its cap. */
static void on_pool(void *arg)
{
    sl_node *node = arg;

    sl_inbox_send(&node->lane->inbox, &node->credit);
}

static void node_setup(sl_node *node)
{
    node->credit = (sl_work){.fn = on_ready, .arg = node};
    node->src.wake = (sl_work){.fn = on_ready, .arg = node};
    node->src.assign = (sl_work){.fn = on_assign, .arg = node};
    node->src.yield = (sl_work){.fn = sl_source_yield, .arg = node};
    node->mark_us = INT64_MIN;
    node->src.mark_us = INT64_MIN;
    node->calls =
        node->unit->kind == SL_UNIT_SINK && !(node->klass->flags & SL_P_ORDERED) ? SL_CALLS_MAX : 1;
    (void)pthread_mutex_init(&node->fail_lock, NULL);
    for (uint32_t i = 0; i < SL_CMDS; i++) {
        sl_cmd *cmd = &node->cmd[i];
        cmd->node = node;
        cmd->cmd = i;
        cmd->order = (sl_work){.fn = on_order, .arg = cmd};
        cmd->reply = (sl_work){.fn = on_reply, .arg = cmd};
    }
}

static sl_status node_outs(sl_node *node)
{
    node->outs = node->unit->outs + 1;
    node->out = sl_mem_zalloc(node->mem, node->outs, sizeof *node->out);
    if (!node->out)
        return SL_E_NOMEM;
    for (uint32_t i = 0; i < node->outs; i++) {
        node->out[i].pool = sl_pool_new(node->mem, node->run->graph.limits.edge_bytes);
        if (!node->out[i].pool)
            return SL_E_NOMEM;
        sl_pool_watch(node->out[i].pool, on_pool, node);
    }
    return SL_OK;
}

/* What create said is wrong is a diagnostic at the node, unless fail_at has given a better one. */
static void tell_create(sl_node *node, sl_status status, uint32_t before)
{
    sl_run *run = node->run;
    sl_error why;

    if (!run->diags || sl_diags_count(run->diags, SL_DIAG_ERROR) > before)
        return;
    sl_node_why(node, status, "make the node", &why);
    sl_diag(run->diags, SL_DIAG_ERROR, why.code, node->unit->def->place, "%s", why.text);
}

static sl_status node_create(sl_node *node, sl_error *err)
{
    sl_run *run = node->run;
    uint32_t before = run->diags ? sl_diags_count(run->diags, SL_DIAG_ERROR) : 0;
    sl_status status = node->klass->create(&run->host, node, node->unit->def->with, &node->self);

    if (status == SL_OK)
        return SL_OK;
    tell_create(node, status, before);
    sl_node_why(node, status, "make the node", err);
    return sl_error_wrap(err, status, "%s", node->unit->name);
}

sl_status sl_node_new(sl_unit *unit, uint32_t copy, sl_lane *lane, sl_node **out, sl_error *err)
{
    sl_run *run = unit->run;
    sl_node *node = sl_mem_zalloc(run->parent, 1, sizeof *node);

    if (!node)
        return sl_error_set(err, SL_E_NOMEM, "memory.short", "no memory for node %s", unit->name);
    node->magic = SL_NODE_MAGIC;
    node->run = run;
    node->unit = unit;
    node->copy = copy;
    node->lane = lane;
    node->klass = unit->klass;
    node_setup(node);
    *out = node;
    node->mem = sl_mem_new(NULL, run->mem, unit->name, 0);
    if (!node->mem || node_outs(node) != SL_OK)
        return sl_error_set(err, SL_E_NOMEM, "memory.short", "no memory for node %s", unit->name);
    return node_create(node, err);
}

void sl_node_free(sl_node *node)
{
    if (!node)
        return;
    sl_host_events_free(node);
    if (node->self && node->klass->destroy)
        node->klass->destroy(node->self);
    sl_host_decls_free(node);
    for (uint32_t i = 0; i < SL_CALLS_MAX; i++) /* calls that nobody waits for any more */
        sl_batch_unref(node->data[i].batch);
    for (uint32_t i = 0; i < node->outs && node->out; i++) {
        if (node->out[i].pool)
            sl_pool_watch(node->out[i].pool, NULL, NULL);
        sl_ptree_free(node->out[i].tree);
        sl_pool_unref(node->out[i].pool);
        sl_mem_free(node->out[i].link);
    }
    sl_mem_free(node->out);
    sl_mem_free(node->in);
    sl_mem_free(node->rejected);
    sl_mem_free(node->token);
    sl_mem_free(node->state);
    if (node->mem)
        sl_mem_drop(node->mem);
    (void)pthread_mutex_destroy(&node->fail_lock);
    node->magic = 0;
    sl_mem_free(node);
}
