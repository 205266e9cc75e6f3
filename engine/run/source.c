/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/run/source.c - asking a source for rows, only while there is room for them.
 *
 * A source is asked when all its outputs have room, the graph is below three quarters of its memory
 * and nobody stops it. The offset of each batch is noted for its split; at a barrier these notes
 * become the offsets of the checkpoint. A source that fails for the moment is asked again after a
 * back-off; one that can't read a single split says so with split_failed and goes on with others.
 */
#include "engine/run/run_priv.h"

#include <string.h>

#define RETRY_BASE_NS  100000000
#define RETRY_MOST_NS  30000000000
#define MEMORY_WAIT_NS 20000000 /* between two looks at the memory in use */
#define MEMORY_WAITS   500u     /* looks before it is asked in spite of that */

static void on_source_timer(void *arg)
{
    sl_node *node = arg;

    node->run->env->event_free(SL_TAKE(node->src.timer));
    sl_flag_set(&node->src.is_waiting, 0);
    sl_lane_ready(node);
}

/* Ask again after AFTER_NS. */
static void source_rest(sl_node *node, int64_t after_ns)
{
    node->src.timer = node->run->env->timer(node->lane->loop, after_ns, 0, on_source_timer, node);
    if (!node->src.timer)
        sl_node_failed(node, SL_E_NOMEM, "ask again");
}

/* Is there memory for another batch? When not, a checkpoint is asked for, so that writers let go of
 * what they hold. */
static int has_memory(sl_node *node)
{
    sl_run *run = node->run;
    uint64_t limit = run->graph.limits.memory_bytes;

    if (!limit || sl_mem_used(run->mem) < limit / 4 * 3) {
        node->src.memory_waits = 0;
        return 1;
    }
    if (node->src.memory_waits++ >= MEMORY_WAITS)
        return 1; /* nothing lets go of any: the limit itself decides */
    sl_inbox_send(&run->inbox, &run->checkpoint_work);
    source_rest(node, MEMORY_WAIT_NS);
    return 0;
}

static int bytes_set(sl_mem *mem, uint8_t **at, uint64_t *len, uint64_t *cap, const uint8_t *from,
                     uint64_t n)
{
    if (n > *cap) {
        uint64_t want = n < 16 ? 16 : n * 2;
        uint8_t *more = sl_mem_resize(mem, *at, want);
        if (!more)
            return 0;
        *at = more;
        *cap = want;
    }
    if (n)
        memcpy(*at, from, n);
    *len = n;
    return 1;
}

/* Note how far the split of BATCH has come. */
static int note_offset(sl_node *node, const sl_batch *batch)
{
    sl_split *split = node->src.hit;

    if (!batch->split)
        return 1;
    if (!split || split->number != batch->split) {
        split = sl_split_at(node->run, batch->split);
        if (!split || split->owner != node) {
            sl_log_print(node->run->log, SL_LOG_ERROR, node->unit->name, "source.split",
                         "gave rows of split %u, which it does not own", batch->split);
            return 1;
        }
        node->src.hit = split;
    }
    sl_flag_set(&split->has_begun, 1);
    if (batch->flags & SL_BATCH_LAST)
        sl_flag_set(&split->is_over, 1);
    return bytes_set(node->run->parent, &split->last, &split->last_len, &split->last_cap,
                     batch->last.ptr, batch->last.len);
}

static void source_give(sl_node *node, sl_batch *batch)
{
    sl_run *run = node->run;
    uint64_t most = run->graph.limits.checkpoint_bytes;
    uint64_t bytes;

    if (!note_offset(node, batch)) {
        sl_batch_unref(batch);
        sl_node_failed(node, SL_E_NOMEM, "note the offset");
        return;
    }
    sl_count_add(&node->count.rows_in, batch->nsel);
    sl_count_add(&node->count.bytes_in, batch->body_len);
    sl_count_add(&node->count.used, batch->nsel);
    (void)__atomic_add_fetch(&run->bytes_all, batch->body_len, __ATOMIC_RELAXED);
    bytes = __atomic_add_fetch(&run->bytes_since, batch->body_len, __ATOMIC_RELAXED);
    if (most && bytes >= most && bytes - batch->body_len < most)
        sl_inbox_send(&run->inbox, &run->checkpoint_work);
    (void)sl_node_emit(node, 0, batch);
}

static void source_end(sl_node *node)
{
    sl_flag_set(&node->src.is_ended, 1);
    (void)__atomic_sub_fetch(&node->run->live, 1, __ATOMIC_ACQ_REL);
    if (node->unit->copies > 1)
        sl_source_beg(node);
    sl_inbox_send(&node->run->inbox, &node->run->ended_work);
}

/* What the source answered to next. Non-zero: ask it again. */
static int source_answer(sl_node *node, sl_status status)
{
    sl_source *src = &node->src;

    if (status == SL_OK || status == SL_AGAIN) {
        src->tries = 0;
        return 1;
    }
    if (status == SL_WAIT) {
        src->tries = 0;
        sl_flag_set(&src->is_waiting, 1);
        return sl_flag(&src->is_woken);
    }
    if (status == SL_END) {
        source_end(node);
        return 0;
    }
    if (status == SL_E_RETRY || status == SL_E_NOMEM) {
        int64_t after =
            sl_retry_ns(node->run, src->tries, &src->since_ns, RETRY_BASE_NS, RETRY_MOST_NS);
        sl_error why;
        if (after < 0 || (status == SL_E_NOMEM && src->tries >= SL_NOMEM_TRIES)) {
            sl_node_failed(node, status, "give rows");
            return 0;
        }
        sl_node_why(node, status, "give rows", &why);
        sl_log_print(node->run->log, SL_LOG_WARN, node->unit->name, why.code,
                     "%s; trying again in %.1f s", why.text, (double)after / 1e9);
        src->tries++;
        source_rest(node, after);
        return 0;
    }
    sl_node_failed(node, status, "give rows");
    return 0;
}

static int may_ask(const sl_node *node)
{
    const sl_source *src = &node->src;
    const sl_run *run = node->run;

    return src->is_started && !src->is_ended && !src->timer && !node->is_op_busy &&
           !node->inflight && !node->wants_commit && !sl_flag(&run->is_draining) &&
           !sl_flag(&run->is_limited);
}

int sl_source_step(sl_node *node)
{
    const sl_source_ops *ops = node->klass->ops;
    const sl_graph_limits *limits = &node->run->graph.limits;
    sl_source *src = &node->src;
    sl_batch *batch = NULL;
    sl_node *before;
    sl_status status;
    int woken;

    if (!may_ask(node))
        return 0;
    woken = __atomic_exchange_n(&src->is_woken, 0, __ATOMIC_ACQ_REL);
    if (src->is_waiting && !woken)
        return 0;
    if (!sl_node_may_run(node) || !has_memory(node)) {
        if (woken)
            sl_flag_set(&src->is_woken, 1);
        return 0;
    }
    sl_flag_set(&src->is_waiting, 0);
    before = sl_lane_enter(node);
    status = ops->next(node->self, limits->batch_records, limits->batch_bytes, &batch);
    sl_lane_leave(node, before);
    if (batch)
        source_give(node, batch);
    return source_answer(node, status);
}

void sl_source_barrier(sl_node *node, uint64_t number)
{
    sl_run *run = node->run;
    int ok = 1;

    (void)pthread_mutex_lock(&run->split_lock);
    for (uint32_t i = 0; i < run->splits; i++) {
        sl_split *split = run->split[i];
        if (split->owner != node)
            continue;
        ok = ok && bytes_set(run->parent, &split->mark, &split->mark_len, &split->mark_cap,
                             split->last, split->last_len);
    }
    (void)pthread_mutex_unlock(&run->split_lock);
    if (!ok) {
        sl_node_failed(node, SL_E_NOMEM, "note the offsets");
        return;
    }
    sl_barrier_begin(node, number);
}

void sl_source_ack(sl_node *node)
{
    const sl_source_ops *ops = node->klass->ops;
    sl_run *run = node->run;
    uint32_t i = 0;

    for (;;) {
        sl_split *split = NULL;
        (void)pthread_mutex_lock(&run->split_lock);
        while (i < run->splits && (run->split[i]->owner != node || !run->split[i]->mark_len))
            i++;
        if (i < run->splits)
            split = run->split[i++];
        (void)pthread_mutex_unlock(&run->split_lock);
        if (!split)
            break;
        if (ops->acknowledge)
            ops->acknowledge(node->self, run->coord.number, split->number,
                             (sl_bytes){split->mark, split->mark_len});
    }
    sl_node_reply(node, SL_CMD_ACK);
}
