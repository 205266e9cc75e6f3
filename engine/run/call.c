/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/run/call.c - calls into a plugin, and what becomes of their answers.
 *
 * A call holds its batch until it ends: at once, or when finish() brings it back to the lane. What
 * the answers mean:
 *   SL_OK       over
 *   SL_WAIT     finish() will follow; a sink may get further calls meanwhile, others don't
 *   SL_AGAIN    made again as soon as the outputs have room
 *   SL_E_RETRY, SL_E_NOMEM   made again after a back-off, unless it has given on rows already
 *               (then it can't be repeated) or the run's patience is over: the run fails
 *   SL_E_DATA   the rows that it has not rejected itself go to the dead letters
 *   others      the run fails
 */
#include "engine/run/run_priv.h"

#include <stdio.h>

#define RETRY_BASE_NS 100000000
#define RETRY_MOST_NS 30000000000
#define NOMEM_BASE_NS 5000000
#define NOMEM_MOST_NS 1000000000

static void call_run(sl_call *call);

/* Written by the lane alone; stall.c looks at them from other lanes. */
static void inflight_add(sl_node *node, int32_t n)
{
    __atomic_store_n(&node->inflight, node->inflight + (uint32_t)n, __ATOMIC_RELAXED);
}

static void held_set(sl_node *node, sl_call *call)
{
    __atomic_store_n(&node->held, call, __ATOMIC_RELAXED);
}

static const char *const call_names[] = {
    [SL_CALL_OPEN] = "open",       [SL_CALL_PROCESS] = "take rows", [SL_CALL_FLUSH] = "flush",
    [SL_CALL_PREPARE] = "prepare", [SL_CALL_COMMIT] = "commit",     [SL_CALL_ABORT] = "abort",
};

int sl_node_is_free(const sl_node *node)
{
    return node->is_open && !node->is_closed && !node->is_op_busy && !node->held &&
           !node->wants_commit && node->inflight < node->calls && !node->now &&
           !sl_flag(&node->run->is_halted);
}

int64_t sl_backoff_ns(sl_run *run, uint32_t tries, int64_t base_ns, int64_t most_ns)
{
    int64_t ns = base_ns;
    uint16_t jitter;

    for (uint32_t i = 0; i < tries && ns < most_ns; i++)
        ns *= 2;
    if (ns > most_ns)
        ns = most_ns;
    run->env->random(run->env, &jitter, sizeof jitter);
    return ns / 2 + ns / 2 * jitter / UINT16_MAX;
}

int64_t sl_retry_ns(sl_run *run, uint32_t tries, int64_t *since_ns, int64_t base_ns,
                    int64_t most_ns)
{
    int64_t after = sl_backoff_ns(run, tries, base_ns, most_ns);
    int64_t now = run->env->now_ns(run->env);
    int64_t left;

    if (!tries)
        *since_ns = now;
    if (!run->options.retry_ns)
        return after;
    left = run->options.retry_ns - (now - *since_ns);
    if (left <= 0)
        return -1;
    return after < left ? after : left;
}

void sl_node_why(sl_node *node, sl_status status, const char *what, sl_error *why)
{
    (void)pthread_mutex_lock(&node->fail_lock);
    *why = node->fail;
    (void)pthread_mutex_unlock(&node->fail_lock);
    if (why->code[0])
        return;
    if (status == SL_E_NOMEM)
        (void)sl_error_set(why, status, "memory.short",
                           "not enough memory to %s; see limits: memory", what);
    else
        (void)sl_error_set(why, status, "node.failed", "could not %s (status %d)", what,
                           (int)status);
}

void sl_node_failed(sl_node *node, sl_status status, const char *what)
{
    sl_error why;
    char text[sizeof why.text + 80];

    sl_node_why(node, status, what, &why);
    (void)snprintf(text, sizeof text, "%s: %s", node->unit->name, why.text);
    sl_run_fail(node->run, status, why.code, text);
}

/* ---- the slots of calls -------------------------------------------------------------------- */

static void on_finished(void *arg);

static sl_call *call_take(sl_node *node, uint32_t kind)
{
    sl_call *call = NULL;

    if (kind != SL_CALL_PROCESS)
        call = &node->op;
    for (uint32_t i = 0; !call && i < node->calls; i++) {
        if (!node->data[i].is_used)
            call = &node->data[i];
    }
    SL_ASSERT(call && !call->is_used);
    call->is_used = 1;
    call->node = node;
    call->kind = kind;
    call->batch = NULL;
    call->tries = 0;
    call->emitted = 0;
    call->rejected = 0;
    call->work.fn = on_finished;
    call->work.arg = call;
    return call;
}

static void call_give(sl_call *call)
{
    sl_batch_unref(SL_TAKE(call->batch));
    if (call->timer)
        call->node->run->env->event_free(SL_TAKE(call->timer));
    call->is_used = 0;
}

/* ---- answers ------------------------------------------------------------------------------- */

static int row_was_rejected(const sl_node *node, uint32_t row)
{
    return node->rejected && (node->rejected[row / 64] >> (row % 64) & 1);
}

/* All rows of the call's batch that are not rejected yet go to the dead letters. */
static void reject_rest(sl_call *call)
{
    sl_node *node = call->node;
    sl_batch *batch = call->batch;
    sl_error why;

    sl_node_why(node, SL_E_DATA, "use these rows", &why);
    SL_EACH (row, batch) {
        uint16_t r = (uint16_t)row;
        if (!call->rejected || !row_was_rejected(node, row))
            sl_dead_rows(node, batch, &r, 1, why.code, why.text);
    }
}

static void on_retry(void *arg)
{
    sl_call *call = arg;
    sl_node *node = call->node;

    node->run->env->event_free(SL_TAKE(call->timer));
    held_set(node, NULL);
    call->tries++;
    call_run(call);
}

/* CALL is not made again: the run fails. One that fails already does not wait for its abort. */
static void call_failed(sl_call *call, sl_status status)
{
    sl_node *node = call->node;
    uint32_t kind = call->kind;

    sl_node_failed(node, status, call_names[kind]);
    call_give(call);
    if (kind == SL_CALL_ABORT)
        sl_node_op_done(node, kind, status);
}

static uint32_t most_tries(const sl_call *call, int is_memory)
{
    if (call->kind == SL_CALL_ABORT)
        return SL_ABORT_TRIES;
    if (is_memory)
        return SL_NOMEM_TRIES;
    return call->kind == SL_CALL_OPEN ? SL_OPEN_TRIES : UINT32_MAX;
}

/* Make CALL again after a while. */
static void call_retry(sl_call *call, sl_status status)
{
    sl_node *node = call->node;
    sl_run *run = node->run;
    sl_error why;
    int is_memory = status == SL_E_NOMEM;
    int64_t after =
        sl_retry_ns(run, call->tries, &call->since_ns, is_memory ? NOMEM_BASE_NS : RETRY_BASE_NS,
                    is_memory ? NOMEM_MOST_NS : RETRY_MOST_NS);

    if (call->emitted || after < 0 || call->tries >= most_tries(call, is_memory)) {
        call_failed(call, status);
        return;
    }
    if (!is_memory) {
        sl_node_why(node, status, call_names[call->kind], &why);
        sl_log_print(run->log, SL_LOG_WARN, node->unit->name, why.code,
                     "%s; trying again in %.1f s", why.text, (double)after / 1e9);
    } else
        sl_inbox_send(&run->inbox, &run->checkpoint_work);
    call->timer = run->env->timer(node->lane->loop, after, 0, on_retry, call);
    if (!call->timer) {
        call_failed(call, SL_E_NOMEM);
        return;
    }
    held_set(node, call);
}

/* CALL has ended with STATUS, which is not SL_WAIT. */
static void call_done(sl_call *call, sl_status status)
{
    sl_node *node = call->node;
    uint32_t kind = call->kind;

    if (sl_flag(&node->run->is_halted) && kind != SL_CALL_ABORT) {
        call_give(call);
        if (kind != SL_CALL_PROCESS)
            sl_node_set_busy(node, 0);
        if (kind == SL_CALL_OPEN && status == SL_OK)
            node->is_open = 1; /* so that it is closed */
        if (kind == SL_CALL_PREPARE && status != SL_OK)
            node->token = NULL;
        sl_node_quiet(node);
        return;
    }
    if (status == SL_AGAIN) {
        call->emitted = 0; /* it keeps its place, so it may be called again whatever went out */
        call->tries = 0;
        held_set(node, call);
        sl_lane_ready(node);
        return;
    }
    if (status == SL_E_RETRY || status == SL_E_NOMEM) {
        call_retry(call, status);
        return;
    }
    if (status == SL_E_DATA && kind == SL_CALL_PROCESS) {
        reject_rest(call);
        status = SL_OK;
    }
    if (kind == SL_CALL_PROCESS) {
        call_give(call);
        if (status < 0)
            sl_node_failed(node, status, call_names[kind]);
        sl_node_quiet(node);
        return;
    }
    call_give(call);
    sl_node_op_done(node, kind, status);
}

static void on_finished(void *arg)
{
    sl_call *call = arg;

    SL_ASSERT(call->node->inflight);
    inflight_add(call->node, -1);
    if (call->kind == SL_CALL_PREPARE && call->status == SL_AGAIN)
        call->status = SL_E_FATAL;
    call_done(call, call->status);
}

void sl_call_finish(sl_call *call, sl_status status)
{
    call->status = status;
    sl_inbox_send(&call->node->lane->inbox, &call->work);
}

/* ---- making a call ------------------------------------------------------------------------- */

static sl_status invoke_flush(const sl_node *node, sl_call *call)
{
    if (node->unit->kind == SL_UNIT_SINK) {
        const sl_sink_ops *sink = node->klass->ops;
        return sink->flush ? sink->flush(node->self, call) : SL_OK;
    }
    if (node->unit->kind == SL_UNIT_TRANSFORM) {
        const sl_transform_ops *transform = node->klass->ops;
        return transform->flush ? transform->flush(node->self, call) : SL_OK;
    }
    return SL_OK;
}

static sl_status invoke_process(sl_node *node, sl_call *call)
{
    const sl_transform_ops *transform = node->klass->ops;
    const sl_sink_ops *sink = node->klass->ops;

    if (node->unit->is_dry) {
        sl_count_add(&node->count.used, call->batch->nsel);
        return SL_OK;
    }
    return node->unit->kind == SL_UNIT_SINK
               ? sink->write(node->self, call, call->port, call->batch)
               : transform->process(node->self, call, call->port, call->batch);
}

static sl_status invoke(sl_node *node, sl_call *call)
{
    const sl_class *klass = node->klass;

    if (call->kind == SL_CALL_PROCESS)
        return invoke_process(node, call);
    if (node->unit->is_dry)
        return SL_OK;
    switch (call->kind) {
    case SL_CALL_OPEN:
        return klass->open ? klass->open(node->self, call) : SL_OK;
    case SL_CALL_FLUSH:
        return invoke_flush(node, call);
    case SL_CALL_PREPARE:
        return klass->prepare
                   ? klass->prepare(node->self, call, node->barrier, &node->token, &node->token_len)
                   : SL_OK;
    case SL_CALL_COMMIT:
        return klass->commit ? klass->commit(node->self, call, node->token, node->token_len)
                             : SL_OK;
    default:
        return klass->abort ? klass->abort(node->self, call, node->token, node->token_len) : SL_OK;
    }
}

static void fail_forget(sl_node *node)
{
    (void)pthread_mutex_lock(&node->fail_lock);
    node->fail.code[0] = 0;
    node->fail.text[0] = 0;
    sl_flag_set(&node->has_fail, 0);
    (void)pthread_mutex_unlock(&node->fail_lock);
}

static void call_run(sl_call *call)
{
    sl_node *node = call->node;
    sl_call *outer = node->now;
    sl_node *before;
    sl_status status;

    if (sl_flag(&node->run->is_halted) && call->kind != SL_CALL_ABORT) {
        call_done(call, SL_E_CANCELED);
        return;
    }
    if (sl_flag(&node->has_fail))
        fail_forget(node);
    before = sl_lane_enter(node);
    node->now = call;
    inflight_add(node, 1); /* finish may come, from another thread, before the call returns */
    status = invoke(node, call);
    node->now = outer;
    sl_lane_leave(node, before);
    if (status == SL_WAIT)
        return;
    inflight_add(node, -1);
    call_done(call, status);
}

void sl_node_process(sl_node *node, uint32_t port, sl_batch *batch)
{
    sl_call *call = call_take(node, SL_CALL_PROCESS);

    sl_count_add(&node->count.rows_in, batch->nsel);
    sl_count_add(&node->count.bytes_in, batch->body_len);
    call->batch = batch;
    call->port = port;
    call_run(call);
}

void sl_node_op(sl_node *node, uint32_t kind)
{
    sl_call *call = call_take(node, kind);

    sl_node_set_busy(node, 1);
    call_run(call);
}

void sl_node_again(sl_node *node)
{
    sl_call *call = node->held;

    if (!call || call->timer)
        return;
    held_set(node, NULL);
    call_run(call);
}

void sl_node_drop_held(sl_node *node)
{
    sl_call *call = node->held;

    if (!call)
        return;
    held_set(node, NULL);
    if (call->kind != SL_CALL_PROCESS)
        sl_node_set_busy(node, 0);
    call_give(call);
}
