/* SPDX-License-Identifier: Apache-2.0
 *
 * sdk/lib/builder.c - a batch in the making: its memory.
 *
 * A builder owns two blocks of its pool: the body, and the head with the batch's struct in front of
 * the arrays. More rows, or more slots per row, mean a new head into which the arrays are copied.
 * Slots of rows to come are always zero. Sidecars that LIKE lends start as "as lent"; finish
 * (builder_finish.c) replaces what is still so.
 *
 * The number of slots stays as it was when the builder was made, so that all rows know the same
 * ones; grow(b, 0) raises it. A decoder whose tree has just learned a path calls that: no row so
 * far holds a value there.
 */
#include "sdk/lib/builder_priv.h"

#include "sdk/lib/pathset_priv.h"

#include <string.h>

#define ROWS_LEAST  64u
#define BODY_LEAST  4096u
#define BODY_HEADER 5u

static uint64_t align_up(uint64_t at, uint64_t to)
{
    return (at + to - 1) / to * to;
}

void sl_layout_place(sl_layout *l)
{
    uint64_t cap = l->cap;
    uint64_t at = align_up(sizeof(sl_batch_priv), 64);

    l->time_at = at;
    at += l->has_time ? cap * sizeof(int64_t) : 0;
    l->rec_at = at;
    at += (cap + 1) * sizeof(uint32_t);
    l->within_at = at;
    at += l->has_like ? cap * sizeof(uint32_t) : 0;
    at = align_up(at, 64);
    l->slot_at = at;
    at += cap * l->stride * sizeof(uint32_t);
    l->from_at = at;
    at += l->has_like ? cap * sizeof(uint16_t) : 0;
    l->op_at = at;
    at += l->has_op ? cap : 0;
    l->bytes = at;
}

/* Let the public pointers of B show into its head. */
static void point(sl_builder_priv *p)
{
    const sl_layout *l = &p->layout;
    uint8_t *head = p->head.ptr;

    p->pub.cap = l->cap;
    p->pub.stride = l->stride;
    p->pub.rec = (uint32_t *)(void *)(head + l->rec_at);
    p->pub.slot = l->stride ? (uint32_t *)(void *)(head + l->slot_at) : NULL;
    p->pub.time_us = l->has_time ? (int64_t *)(void *)(head + l->time_at) : NULL;
    p->pub.op = l->has_op ? head + l->op_at : NULL;
    p->pub.within = l->has_like ? (uint32_t *)(void *)(head + l->within_at) : NULL;
    p->pub.from = l->has_like ? (uint16_t *)(void *)(head + l->from_at) : NULL;
}

/* Set the rows FROM.. of all arrays but the places to "nothing yet". */
static void clear_rows(sl_builder_priv *p, uint32_t from)
{
    sl_builder *b = &p->pub;
    size_t n = b->cap - from;

    if (b->slot)
        memset(b->slot + (size_t)from * b->stride, 0, n * b->stride * sizeof *b->slot);
    if (b->from)
        memset(b->from + from, 0, n * sizeof *b->from);
    if (b->within)
        memset(b->within + from, 0xff, n * sizeof *b->within);
    if (b->op)
        memset(b->op + from, SL_OP_AS_LENT, n);
    for (uint32_t i = from; b->time_us && i < b->cap; i++)
        b->time_us[i] = SL_TIME_AS_LENT;
}

/* Copy the arrays of OLD, N rows of them, to where they are now. */
static void copy_arrays(sl_builder_priv *p, const sl_builder *old, uint32_t n)
{
    sl_builder *b = &p->pub;

    memcpy(b->rec, old->rec, (old->nrec + 1) * sizeof *b->rec);
    if (b->from)
        memcpy(b->from, old->from, n * sizeof *b->from);
    if (b->within)
        memcpy(b->within, old->within, n * sizeof *b->within);
    if (b->op)
        memcpy(b->op, old->op, n);
    if (b->time_us)
        memcpy(b->time_us, old->time_us, n * sizeof *b->time_us);
    if (!b->slot || !old->slot)
        return;
    if (b->stride == old->stride) {
        memcpy(b->slot, old->slot, (size_t)n * b->stride * sizeof *b->slot);
        return;
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t *row = b->slot + (size_t)i * b->stride;
        memcpy(row, old->slot + (size_t)i * old->stride, old->stride * sizeof *row);
        memset(row + old->stride, 0, (b->stride - old->stride) * sizeof *row);
    }
}

/* Move to a head for CAP rows of STRIDE slots, neither less than now. */
static sl_status move_head(sl_builder_priv *p, uint32_t cap, uint32_t stride)
{
    sl_builder old = p->pub;
    sl_block old_head = p->head;
    sl_layout l = p->layout;
    uint32_t rows = old.nrec < old.cap ? old.nrec + 1 : old.cap;
    sl_block head;

    l.cap = cap;
    l.stride = stride;
    sl_layout_place(&l);
    if (!sl_pool_take(p->pool, SL_BLOCK_HEAD, l.bytes, &head))
        return SL_E_NOMEM;
    p->head = head;
    p->layout = l;
    point(p);
    copy_arrays(p, &old, rows);
    clear_rows(p, rows);
    sl_pool_give(p->pool, SL_BLOCK_HEAD, old_head);
    return SL_OK;
}

sl_status sl_builder_need_rows(sl_builder_priv *p, uint32_t n)
{
    uint64_t need = (uint64_t)p->pub.nrec + n;
    uint64_t cap = p->pub.cap;

    if (need <= cap)
        return SL_OK;
    if (need > SL_BATCH_ROWS_MAX)
        return SL_E_DATA;
    while (cap < need)
        cap *= 2;
    if (cap > SL_BATCH_ROWS_MAX)
        cap = SL_BATCH_ROWS_MAX;
    return move_head(p, (uint32_t)cap, p->layout.stride);
}

sl_status sl_builder_need_bytes(sl_builder_priv *p, uint64_t n)
{
    sl_builder *b = &p->pub;
    uint64_t used = (uint64_t)(b->cur - b->body);
    uint64_t room = (uint64_t)(b->end - b->body);
    uint64_t need;

    if (n <= room - used)
        return SL_OK;
    if (__builtin_add_overflow(used, n, &need) || need > SL_BODY_MAX)
        return SL_E_DATA;
    room = room * 2 > need ? room * 2 : need;
    if (room > SL_BODY_MAX)
        room = SL_BODY_MAX;
    if (!sl_pool_resize(p->pool, &p->body, room + SL_BATCH_PAD))
        return SL_E_NOMEM;
    b->body = p->body.ptr;
    b->cur = b->body + used;
    b->end = b->body + room;
    return SL_OK;
}

void sl_builder_drop_slots(sl_builder_priv *p)
{
    p->layout.stride = 0;
    p->pub.slot = NULL;
    p->pub.stride = 0;
    p->pub.nslot = 0;
}

/* Take in the slots that the set has got since. */
static sl_status renew_slots(sl_builder_priv *p)
{
    uint32_t nslot;
    uint32_t stride;
    sl_status rc = SL_OK;

    if (!p->pub.slot)
        return SL_OK;
    stride = sl_pathset_stride(p->set, &nslot);
    if (nslot > p->layout.stride)
        rc = move_head(p, p->pub.cap, stride);
    if (rc == SL_OK)
        p->pub.nslot = nslot;
    return rc;
}

sl_status sl_builder_grow(sl_builder *b, uint64_t more)
{
    sl_builder_priv *p = sl_builder_priv_of(b);
    sl_status rc = more ? sl_builder_need_bytes(p, more) : renew_slots(p);

    return rc == SL_OK ? sl_builder_need_rows(p, 1) : rc;
}

/* How many slots the rows of a new builder have, and room for how many. */
static void choose_slots(sl_builder_priv *p)
{
    uint32_t nslot = 0;

    if (!p->set)
        return;
    p->blind = sl_pathset_blind(p->set);
    p->layout.stride = sl_pathset_stride(p->set, &nslot);
    /* Rows that will be copied know only the slots of their time. */
    if (p->like && p->like->paths == p->set && p->like->slot && p->like->nslot < nslot)
        nslot = p->like->nslot;
    p->pub.nslot = nslot;
}

static int take_blocks(sl_builder_priv *p)
{
    uint64_t bytes;
    uint32_t rows;

    sl_pool_expect(p->pool, &bytes, &rows);
    p->layout.cap = rows < ROWS_LEAST          ? ROWS_LEAST
                    : rows > SL_BATCH_ROWS_MAX ? SL_BATCH_ROWS_MAX
                                               : rows;
    sl_layout_place(&p->layout);
    if (bytes < BODY_LEAST)
        bytes = BODY_LEAST;
    return sl_pool_take(p->pool, SL_BLOCK_HEAD, p->layout.bytes, &p->head) &&
           sl_pool_take(p->pool, SL_BLOCK_BODY, bytes + SL_BATCH_PAD, &p->body);
}

sl_builder *sl_builder_new(sl_pool *pool, sl_pathset *set, sl_batch *like)
{
    sl_builder_priv *p = sl_mem_zalloc(sl_pool_mem(pool), 1, sizeof *p);
    sl_builder *b;

    if (!p)
        return NULL;
    b = &p->pub;
    p->pool = sl_pool_ref(pool);
    p->set = set ? sl_pathset_ref(set) : NULL;
    if (like) {
        p->like = sl_batch_ref(like);
        p->layout.has_like = 1;
        p->layout.has_time = like->time_us != NULL;
        p->layout.has_op = like->op != NULL;
        p->split = like->split;
    }
    choose_slots(p);
    if (!take_blocks(p)) {
        sl_builder_discard(b);
        return NULL;
    }
    b->size = sizeof *b;
    b->body = p->body.ptr;
    b->cur = b->body + BODY_HEADER;
    b->end = b->body + p->body.bytes - SL_BATCH_PAD;
    point(p);
    clear_rows(p, 0);
    b->rec[0] = BODY_HEADER;
    return b;
}

void sl_builder_discard(sl_builder *b)
{
    sl_builder_priv *p = sl_builder_priv_of(b);

    if (!b)
        return;
    sl_pool_give(p->pool, SL_BLOCK_BODY, p->body);
    sl_pool_give(p->pool, SL_BLOCK_HEAD, p->head);
    sl_mem_free(p->meta);
    sl_batch_unref(p->like);
    sl_pathset_unref(p->set);
    sl_pool_unref(p->pool);
    sl_mem_free(p);
}
