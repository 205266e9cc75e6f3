/* SPDX-License-Identifier: Apache-2.0
 *
 * sdk/lib/builder_finish.c - from builder to batch: offsets, sidecars, header.
 *
 * What a batch knows about where it comes from is copied into one block, so that it does not hold
 * on to the batch before it: first and last offset, and an origin for each row; rows that descend
 * from the same row of LIKE share the bytes.
 */
#include "sdk/lib/builder_priv.h"
#include "sdk/lib/pathset_priv.h"

#include <sluice/sdk.h>

#include <string.h>

/* The origins of N rows: row i has that of SRC[MAP[i]], without MAP of SRC[i]. */
typedef struct origins {
    const sl_bytes *src; /* NULL: none */
    uint32_t nsrc;
    const uint16_t *map;
    uint32_t n;
} origins;

/* The origin of row I, or NULL. */
static const sl_bytes *origin_of(const origins *o, uint32_t i)
{
    uint32_t at = o->map ? o->map[i] : i;

    return at < o->nsrc ? &o->src[at] : NULL;
}

/* Has row I the origin of the row before? */
static int same_origin(const origins *o, uint32_t i)
{
    return i && o->map && o->map[i] == o->map[i - 1];
}

static sl_bytes put_bytes(uint8_t **at, const sl_bytes *bytes)
{
    sl_bytes copy = {NULL, 0};

    if (!bytes || !bytes->len)
        return copy;
    memcpy(*at, bytes->ptr, bytes->len);
    copy.ptr = *at;
    copy.len = bytes->len;
    *at += bytes->len;
    return copy;
}

/* Copy offsets and origins into one new block of B's. SL_E_NOMEM leaves B as it was. */
static sl_status copy_meta(sl_builder_priv *p, sl_bytes first, sl_bytes last, const origins *o)
{
    uint64_t need = first.len + last.len + 1;
    sl_bytes *each = NULL;
    uint8_t *block;
    uint8_t *at;

    if (o->src) {
        need += o->n * sizeof *each;
        for (uint32_t i = 0; i < o->n; i++) {
            const sl_bytes *from = origin_of(o, i);
            need += from && !same_origin(o, i) ? from->len : 0;
        }
    }
    block = sl_mem_alloc(sl_pool_mem(p->pool), need);
    if (!block)
        return SL_E_NOMEM;
    at = block;
    if (o->src) {
        each = (sl_bytes *)(void *)block;
        at += o->n * sizeof *each;
        for (uint32_t i = 0; i < o->n; i++)
            each[i] = same_origin(o, i) ? each[i - 1] : put_bytes(&at, origin_of(o, i));
    }
    p->first = put_bytes(&at, &first);
    p->last = put_bytes(&at, &last);
    p->each = each;
    p->neach = each ? o->n : 0;
    sl_mem_free(p->meta);
    p->meta = block;
    return SL_OK;
}

sl_status sl_builder_origin(sl_builder *b, uint32_t split, sl_bytes first, sl_bytes last,
                            const sl_bytes *each)
{
    sl_builder_priv *p = sl_builder_priv_of(b);
    origins o = {each, b->nrec, NULL, b->nrec};
    sl_status rc = copy_meta(p, first, last, &o);

    if (rc == SL_OK)
        p->split = split;
    return rc;
}

/* Bring what origin or LIKE said into its final form. */
static sl_status settle_meta(sl_builder_priv *p)
{
    const sl_batch *like = p->like;
    origins own = {p->each, p->neach, NULL, p->pub.nrec};
    origins lent = {like ? like->origin : NULL, like ? like->nrec : 0, p->pub.from, p->pub.nrec};

    if (p->meta)
        return !p->each || p->neach == p->pub.nrec ? SL_OK : copy_meta(p, p->first, p->last, &own);
    if (!like || (!like->first.len && !like->last.len && !like->origin))
        return SL_OK;
    return copy_meta(p, like->first, like->last, &lent);
}

/* Replace "as lent" by what LIKE has; gives the array for the batch. */
static const uint32_t *settle_within(sl_builder_priv *p)
{
    const uint32_t *lent = p->like ? p->like->within : NULL;
    sl_builder *b = &p->pub;
    uint32_t own = 0;

    if (!b->within)
        return NULL;
    for (uint32_t i = 0; i < b->nrec; i++) {
        if (b->within[i] != SL_WITHIN_AS_LENT)
            own++;
        else
            b->within[i] = lent && b->from[i] < p->like->nrec ? lent[b->from[i]] : 0;
    }
    return own || lent ? b->within : NULL;
}

static void settle_ops(sl_builder_priv *p)
{
    sl_builder *b = &p->pub;

    for (uint32_t i = 0; b->op && i < b->nrec; i++) {
        if (b->op[i] == SL_OP_AS_LENT)
            b->op[i] = b->from[i] < p->like->nrec ? p->like->op[b->from[i]] : 0;
    }
}

/* Times of the rows and their bounds. */
static void settle_times(sl_builder_priv *p, sl_batch *out)
{
    sl_builder *b = &p->pub;

    out->time_us = b->time_us;
    for (uint32_t i = 0; b->time_us && i < b->nrec; i++) {
        int64_t t = b->time_us[i];
        if (t == SL_TIME_AS_LENT && b->from[i] < p->like->nrec)
            t = p->like->time_us[b->from[i]];
        b->time_us[i] = t;
        /* A row without a time has the least one. */
        if (t == INT64_MIN)
            continue;
        out->time_min_us = t < out->time_min_us ? t : out->time_min_us;
        out->time_max_us = t > out->time_max_us ? t : out->time_max_us;
    }
    if (!b->time_us && p->like) {
        out->time_min_us = p->like->time_min_us;
        out->time_max_us = p->like->time_max_us;
    }
}

/* The slots are whole unless a tree over the set ran out of memory meanwhile. */
static void settle_slots(sl_builder_priv *p, sl_batch *out)
{
    if (!p->pub.slot || sl_pathset_blind(p->set) != p->blind)
        return;
    out->slot = p->pub.slot;
    out->nslot = p->pub.nslot;
    out->stride = p->pub.stride;
    out->flags = p->pub.flags;
}

/* End the body: header in front, zeros behind; a large block with little in it is cut. */
static void settle_body(sl_builder_priv *p)
{
    sl_builder *b = &p->pub;
    uint64_t used = b->rec[b->nrec];

    b->body[0] = 0xdd;
    sl_set32(b->body + 1, b->nrec);
    memset(b->body + used, 0, SL_BATCH_PAD);
    sl_pool_learn(p->pool, used, b->nrec);
    if (p->body.bytes > 2 * (uint64_t)SL_BATCH_AIM && used < p->body.bytes / 4)
        (void)sl_pool_resize(p->pool, &p->body, used + SL_BATCH_PAD);
}

static void fill_batch(sl_builder_priv *p, sl_batch *out)
{
    const sl_builder *b = &p->pub;

    out->size = sizeof *out;
    out->refs = 1;
    out->flags = b->flags & ~SL_BATCH_ALL;
    out->nrec = b->nrec;
    out->nsel = b->nrec;
    out->rec = b->rec;
    out->split = p->split;
    out->body = p->body.ptr;
    out->body_len = b->rec[b->nrec];
    out->paths = p->set;
    out->first = p->first;
    out->last = p->last;
    out->origin = p->each;
    out->time_min_us = INT64_MAX;
    out->time_max_us = INT64_MIN;
    out->watermark_us = p->like ? p->like->watermark_us : INT64_MIN;
    out->arrived_us = p->like ? p->like->arrived_us : 0;
    out->home = p->pool;
    settle_slots(p, out);
    settle_times(p, out);
    settle_ops(p);
    out->op = b->op;
    out->within = settle_within(p);
}

sl_batch *sl_builder_finish(sl_builder *b)
{
    sl_builder_priv *p = sl_builder_priv_of(b);
    sl_batch_priv *out;

    if (settle_meta(p) != SL_OK) {
        sl_builder_discard(b);
        return NULL;
    }
    settle_body(p);
    out = (sl_batch_priv *)(void *)p->head.ptr;
    memset(out, 0, sizeof *out);
    fill_batch(p, &out->pub);
    out->pool = p->pool;
    out->set = p->set;
    out->meta = p->meta;
    out->head = p->head;
    out->body = p->body;
    sl_batch_unref(p->like);
    sl_mem_free(p);
    return &out->pub;
}
