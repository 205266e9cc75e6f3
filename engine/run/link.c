/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/run/link.c - how batches, barriers and watermarks get from one node to the next.
 *
 * On one lane a batch goes on by direct call when the next node is free and nothing waits before
 * it; else it waits in the link's queue. Between lanes it goes through a ring; what does not fit
 * waits in the link's queue on the producer's side, and the producer then counts as having no room.
 * How much may wait is bounded by the pools: a node (or a source) whose output pool is at its cap
 * is not run. The consumer of a ring is woken only when it has said that it sleeps.
 */
#include "engine/run/run_priv.h"

#define QUEUE_START 32u

/* ---- queues -------------------------------------------------------------------------------- */

static int queue_put(sl_link *link, sl_item item)
{
    if (link->count == link->cap) {
        uint32_t cap = link->cap * 2;
        sl_item *queue = sl_mem_zalloc(link->from->run->parent, cap, sizeof *queue);
        if (!queue)
            return 0;
        for (uint32_t i = 0; i < link->count; i++)
            queue[i] = link->queue[(link->head + i) % link->cap];
        sl_mem_free(link->queue);
        link->queue = queue;
        link->cap = cap;
        link->head = 0;
    }
    link->queue[(link->head + link->count) % link->cap] = item;
    __atomic_store_n(&link->count, link->count + 1, __ATOMIC_RELAXED);
    return 1;
}

static sl_item queue_take(sl_link *link)
{
    sl_item item = link->queue[link->head];

    link->head = (link->head + 1) % link->cap;
    __atomic_store_n(&link->count, link->count - 1, __ATOMIC_RELAXED);
    return item;
}

/* ---- rings --------------------------------------------------------------------------------- */

static int ring_put(sl_ring *ring, sl_item item)
{
    uint32_t tail = __atomic_load_n(&ring->tail, __ATOMIC_RELAXED);
    uint32_t head = __atomic_load_n(&ring->head, __ATOMIC_SEQ_CST);

    if (tail - head == SL_RING_ITEMS)
        return 0;
    ring->item[tail % SL_RING_ITEMS] = item;
    __atomic_store_n(&ring->tail, tail + 1, __ATOMIC_SEQ_CST);
    return 1;
}

static int ring_peek(sl_ring *ring, sl_item *out)
{
    uint32_t head = __atomic_load_n(&ring->head, __ATOMIC_RELAXED);
    uint32_t tail = __atomic_load_n(&ring->tail, __ATOMIC_SEQ_CST);

    if (head == tail)
        return 0;
    *out = ring->item[head % SL_RING_ITEMS];
    return 1;
}

/* Wake the consumer of LINK if it sleeps. */
static void ring_wake(sl_link *link)
{
    if (__atomic_exchange_n(&link->ring->is_idle, 0, __ATOMIC_SEQ_CST))
        sl_inbox_send(&link->to->lane->inbox, &link->wake);
}

/* [inst] Of the producer: move what waits into the ring. */
static void link_refill(void *arg)
{
    sl_link *link = arg;

    while (link->count) {
        __atomic_store_n(&link->ring->is_blocked, 1, __ATOMIC_SEQ_CST);
        if (!ring_put(link->ring, link->queue[link->head]))
            break;
        (void)queue_take(link);
        ring_wake(link);
    }
    if (!link->count) {
        __atomic_store_n(&link->ring->is_blocked, 0, __ATOMIC_SEQ_CST);
        sl_lane_ready(link->from);
    }
}

static void link_wake(void *arg)
{
    sl_lane_ready(((sl_link *)arg)->to);
}

/* ---- both ---------------------------------------------------------------------------------- */

void sl_link_push(sl_link *link, sl_item item)
{
    int ok;

    if (link->ring && !link->count && ring_put(link->ring, item)) {
        ring_wake(link);
        return;
    }
    ok = queue_put(link, item);
    if (!ok) {
        if (item.kind == SL_ITEM_BATCH)
            sl_batch_unref(item.batch);
        sl_run_fail(link->from->run, SL_E_NOMEM, "memory", "no memory for a queue between nodes");
        return;
    }
    if (link->ring)
        link_refill(link);
    else
        sl_lane_ready(link->to);
}

int sl_link_peek(sl_link *link, sl_item *out)
{
    if (!link->ring) {
        if (!link->count)
            return 0;
        *out = link->queue[link->head];
        return 1;
    }
    if (ring_peek(link->ring, out))
        return 1;
    __atomic_store_n(&link->ring->is_idle, 1, __ATOMIC_SEQ_CST);
    if (!ring_peek(link->ring, out))
        return 0;
    __atomic_store_n(&link->ring->is_idle, 0, __ATOMIC_SEQ_CST);
    return 1;
}

void sl_link_pop(sl_link *link)
{
    sl_ring *ring = link->ring;

    if (!ring) {
        (void)queue_take(link);
        return;
    }
    __atomic_store_n(&ring->head, __atomic_load_n(&ring->head, __ATOMIC_RELAXED) + 1,
                     __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&ring->is_blocked, __ATOMIC_SEQ_CST))
        sl_inbox_send(&link->from->lane->inbox, &link->refill);
}

int sl_link_has_room(const sl_link *link)
{
    return !link->ring || !link->count;
}

sl_status sl_link_init(sl_link *link, sl_run *run)
{
    link->mark_us = INT64_MIN;
    link->cap = QUEUE_START;
    link->queue = sl_mem_zalloc(run->parent, link->cap, sizeof *link->queue);
    if (!link->queue)
        return SL_E_NOMEM;
    link->wake = (sl_work){.fn = link_wake, .arg = link};
    link->refill = (sl_work){.fn = link_refill, .arg = link};
    if (link->from->lane == link->to->lane)
        return SL_OK;
    /* one more line than needed, so that the ring can begin on a line of its own */
    link->ring = sl_mem_zalloc(run->parent, 1, sizeof *link->ring + 64);
    if (!link->ring)
        return SL_E_NOMEM;
    link->ring_block = link->ring;
    link->ring = (sl_ring *)(((uintptr_t)link->ring + 63) & ~(uintptr_t)63);
    link->ring->is_idle = 1;
    return SL_OK;
}

void sl_link_free(sl_link *link)
{
    sl_item item;

    if (!link)
        return;
    while (link->ring && ring_peek(link->ring, &item)) {
        link->ring->head++;
        if (item.kind == SL_ITEM_BATCH)
            sl_batch_unref(item.batch);
    }
    while (link->count) {
        item = queue_take(link);
        if (item.kind == SL_ITEM_BATCH)
            sl_batch_unref(item.batch);
    }
    sl_mem_free(link->ring_block);
    sl_mem_free(link->queue);
    sl_mem_free(link);
}

/* ---- emitting ------------------------------------------------------------------------------ */

int sl_node_has_room(const sl_node *node)
{
    for (uint32_t i = 0; i < node->outs; i++) {
        const sl_outport *out = &node->out[i];
        if (out->links && sl_pool_out(out->pool) >= sl_pool_cap(out->pool))
            return 0;
        for (uint32_t k = 0; k < out->links; k++) {
            if (!sl_link_has_room(out->link[k]))
                return 0;
        }
    }
    return 1;
}

/* Hand BATCH (take) to the consumer of LINK at once when that can be, else queue it. */
static void link_give(sl_link *link, sl_batch *batch)
{
    sl_node *to = link->to;
    sl_lane *lane = to->lane;

    if (!link->ring && !link->count && !link->held && lane->depth < SL_DIRECT_MAX &&
        sl_node_is_free(to) && sl_node_has_room(to)) {
        lane->depth++;
        sl_node_process(to, link->to_port, batch);
        lane->depth--;
        return;
    }
    sl_link_push(link, (sl_item){.kind = SL_ITEM_BATCH, .batch = batch});
}

/* Count the rows of BATCH (take) towards the limit and cut off what is beyond it; NULL: nothing is
 * left. */
static sl_batch *gate_pass(sl_node *node, sl_batch *batch)
{
    sl_run *run = node->run;
    uint64_t limit = run->options.limit;
    uint64_t before = __atomic_fetch_add(&run->rows, batch->nsel, __ATOMIC_RELAXED);
    uint16_t *row;
    sl_batch *cut = NULL;
    uint32_t n = 0;

    if (!limit || before + batch->nsel < limit)
        return batch;
    if (!__atomic_exchange_n(&run->is_limited, 1, __ATOMIC_ACQ_REL))
        sl_inbox_send(&run->inbox, &run->ended_work);
    if (before + batch->nsel == limit)
        return batch;
    (void)__atomic_fetch_sub(
        &run->rows, before >= limit ? batch->nsel : before + batch->nsel - limit, __ATOMIC_RELAXED);
    row = before < limit ? sl_mem_alloc(node->mem, (limit - before) * sizeof *row) : NULL;
    if (row) {
        SL_EACH (r, batch) {
            if (n == limit - before)
                break;
            row[n++] = (uint16_t)r;
        }
        cut = sl_batch_select(batch, row, n);
        sl_mem_free(row);
    }
    if (before < limit && !cut)
        sl_run_fail(run, SL_E_NOMEM, "memory", "no memory to cut the last batch at the limit");
    sl_batch_unref(batch);
    return cut;
}

sl_status sl_node_emit(sl_node *node, uint32_t port, sl_batch *batch)
{
    sl_outport *out;

    SL_ASSERT(port == SL_PORT_ERRORS || port < node->outs - 1);
    if (!batch)
        return SL_E_NOMEM;
    if (node->now)
        node->now->emitted++;
    if ((!batch->nsel && !(batch->flags & SL_BATCH_LAST)) || sl_flag(&node->run->is_halted)) {
        sl_batch_unref(batch);
        return SL_OK;
    }
    if (node->unit->is_gate && port != SL_PORT_ERRORS) {
        batch = gate_pass(node, batch);
        if (!batch)
            return SL_OK;
    }
    out = &node->out[port == SL_PORT_ERRORS ? node->outs - 1 : port];
    if (port != SL_PORT_ERRORS)
        sl_count_add(&node->count.rows_out, batch->nsel);
    for (uint32_t i = 0; i + 1 < out->links; i++)
        link_give(out->link[i], sl_batch_ref(batch));
    if (out->links)
        link_give(out->link[out->links - 1], batch);
    else
        sl_batch_unref(batch);
    return SL_OK;
}

void sl_node_forward(sl_node *node, sl_item item)
{
    for (uint32_t i = 0; i < node->outs; i++) {
        for (uint32_t k = 0; k < node->out[i].links; k++)
            sl_link_push(node->out[i].link[k], item);
    }
}
