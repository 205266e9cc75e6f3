/* SPDX-License-Identifier: Apache-2.0
 *
 * sdk/lib/carry.c - the rests of a decoder's splits between two payloads.
 *
 * A rest is usually short and its payload long, so both are joined in one large buffer that all
 * splits share. A rest that is longer than what comes (a document over many blocks) grows in its
 * own buffer instead, where the payload is appended: each byte is then moved a few times at most.
 * The snapshot is "SLC1", extra, count, then for each split its number, the length, the extra bytes
 * and the rest; numbers are big-endian.
 */
#include <sluice/carry.h>
#include <sluice/sdk.h>

#include <string.h>

#define PAD         64u /* readable bytes behind a block */
#define MAGIC       0x534c4331u
#define HEAD_SIZE   12u
#define ITEM_SIZE   12u
#define BUFFER_KEPT 262144u

typedef struct buffer {
    uint8_t *ptr;
    uint64_t cap;
} buffer;

typedef struct rest {
    uint32_t split;
    uint64_t len;
    buffer buf;
    uint8_t *extra; /* NULL: not asked for yet */
} rest;

struct sl_carry {
    const sl_host *host;
    sl_node *node;
    uint32_t extra;
    uint32_t n;
    uint32_t cap;
    uint32_t recent; /* the rest that was used last */
    rest *rests;     /* by split */
    buffer joint;
    uint8_t *block; /* where the block of the last join lies; NULL: with the caller */
};

sl_carry *sl_carry_new(const sl_host *host, sl_node *node, uint32_t extra)
{
    sl_carry *c = host->alloc(node, sizeof *c);

    if (!c)
        return NULL;
    memset(c, 0, sizeof *c);
    c->host = host;
    c->node = node;
    c->extra = extra;
    return c;
}

static void free_rests(sl_carry *c)
{
    for (uint32_t i = 0; i < c->n; i++) {
        c->host->release(c->rests[i].buf.ptr);
        c->host->release(c->rests[i].extra);
    }
    c->host->release(c->rests);
}

void sl_carry_free(sl_carry *carry)
{
    if (!carry)
        return;
    free_rests(carry);
    carry->host->release(carry->joint.ptr);
    carry->host->release(carry);
}

/* Make room for CAP bytes in BUF, at least half as much again when it must grow. */
static int reserve(sl_carry *c, buffer *buf, uint64_t cap)
{
    uint8_t *ptr;

    if (cap <= buf->cap)
        return 1;
    if (cap < buf->cap + buf->cap / 2)
        cap = buf->cap + buf->cap / 2;
    ptr = c->host->resize(c->node, buf->ptr, cap);
    if (!ptr)
        return 0;
    buf->ptr = ptr;
    buf->cap = cap;
    return 1;
}

/* The first place whose split is not below SPLIT. */
static uint32_t lower_bound(const sl_carry *c, uint32_t split)
{
    uint32_t low = 0;
    uint32_t high = c->n;

    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (c->rests[mid].split < split)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static rest *find(sl_carry *c, uint32_t split)
{
    if (c->recent >= c->n || c->rests[c->recent].split != split)
        c->recent = lower_bound(c, split);
    if (c->recent < c->n && c->rests[c->recent].split == split)
        return &c->rests[c->recent];
    return NULL;
}

/* The rest of SPLIT, made when there is none. NULL when memory is short. */
static rest *find_or_make(sl_carry *c, uint32_t split)
{
    rest *found = find(c, split);
    uint32_t at;

    if (found)
        return found;
    if (c->n == c->cap) {
        uint32_t cap = c->cap ? c->cap * 2 : 4;
        rest *rests = c->host->resize(c->node, c->rests, cap * sizeof *rests);
        if (!rests)
            return NULL;
        c->rests = rests;
        c->cap = cap;
    }
    at = lower_bound(c, split);
    memmove(&c->rests[at + 1], &c->rests[at], (c->n - at) * sizeof *c->rests);
    memset(&c->rests[at], 0, sizeof *c->rests);
    c->rests[at].split = split;
    c->n++;
    c->recent = at;
    return &c->rests[at];
}

sl_status sl_carry_join(sl_carry *carry, uint32_t split, const uint8_t *payload, uint64_t len,
                        const uint8_t **ptr, uint64_t *got, uint64_t *before)
{
    rest *r = find(carry, split);
    buffer *into = &carry->joint;
    uint64_t old = r ? r->len : 0;
    uint64_t all;

    carry->block = NULL;
    if (!old) {
        *ptr = payload;
        *got = len;
        *before = 0;
        return SL_OK;
    }
    if (__builtin_add_overflow(old, len, &all) || all > UINT64_MAX - PAD)
        return SL_E_NOMEM;
    if (all + PAD <= r->buf.cap || old >= len)
        into = &r->buf;
    if (!reserve(carry, into, all + PAD))
        return SL_E_NOMEM;
    if (into != &r->buf)
        memcpy(into->ptr, r->buf.ptr, old);
    if (len)
        memcpy(into->ptr + old, payload, len);
    memset(into->ptr + all, 0, PAD);
    carry->block = into->ptr;
    *ptr = into->ptr;
    *got = all;
    *before = old;
    return SL_OK;
}

/* Nothing is left of R; a buffer that a large document needed is not kept for the small ones. */
static void forget(sl_carry *c, rest *r)
{
    r->len = 0;
    if (r->buf.cap <= BUFFER_KEPT)
        return;
    c->host->release(r->buf.ptr);
    r->buf.ptr = NULL;
    r->buf.cap = 0;
}

sl_status sl_carry_keep(sl_carry *carry, uint32_t split, const uint8_t *ptr, uint64_t len)
{
    rest *r = len ? find_or_make(carry, split) : find(carry, split);
    buffer swap;

    if (!len) {
        if (r)
            forget(carry, r);
        return SL_OK;
    }
    if (!r)
        return SL_E_NOMEM;
    if (carry->block && carry->block == r->buf.ptr) {
        if (ptr != r->buf.ptr)
            memmove(r->buf.ptr, ptr, len);
    } else if (carry->block && len > carry->joint.cap / 2) {
        /* Most of the joint buffer is the rest: it becomes the split's own. */
        memmove(carry->joint.ptr, ptr, len);
        swap = carry->joint;
        carry->joint = r->buf;
        r->buf = swap;
    } else {
        if (!reserve(carry, &r->buf, len))
            return SL_E_NOMEM;
        memcpy(r->buf.ptr, ptr, len);
    }
    r->len = len;
    carry->block = NULL;
    return SL_OK;
}

void *sl_carry_extra(sl_carry *carry, uint32_t split)
{
    rest *r = find_or_make(carry, split);

    if (r && !r->extra) {
        r->extra = carry->host->alloc(carry->node, carry->extra ? carry->extra : 1);
        if (r->extra)
            memset(r->extra, 0, carry->extra);
    }
    return r ? r->extra : NULL;
}

void sl_carry_end(sl_carry *carry, uint32_t split)
{
    rest *r = find(carry, split);
    uint32_t at = carry->recent;

    if (!r)
        return;
    carry->host->release(r->buf.ptr);
    carry->host->release(r->extra);
    carry->n--;
    memmove(&carry->rests[at], &carry->rests[at + 1], (carry->n - at) * sizeof *r);
}

sl_status sl_carry_snapshot(sl_carry *carry, void **state, uint64_t *len)
{
    uint64_t bytes = HEAD_SIZE;
    uint8_t *out;
    uint8_t *p;

    for (uint32_t i = 0; i < carry->n; i++)
        bytes += ITEM_SIZE + carry->extra + carry->rests[i].len;
    out = carry->host->alloc(carry->node, bytes);
    if (!out)
        return SL_E_NOMEM;
    sl_set32(out, MAGIC);
    sl_set32(out + 4, carry->extra);
    sl_set32(out + 8, carry->n);
    p = out + HEAD_SIZE;
    for (uint32_t i = 0; i < carry->n; i++) {
        const rest *r = &carry->rests[i];
        sl_set32(p, r->split);
        sl_set64(p + 4, r->len);
        p += ITEM_SIZE;
        if (r->extra)
            memcpy(p, r->extra, carry->extra);
        else
            memset(p, 0, carry->extra);
        p += carry->extra;
        if (r->len)
            memcpy(p, r->buf.ptr, r->len);
        p += r->len;
    }
    *state = out;
    *len = bytes;
    return SL_OK;
}

/* Read one split of a snapshot at P into C. Gives the place behind in NEXT. */
static sl_status restore_item(sl_carry *c, const uint8_t *p, const uint8_t *end,
                              const uint8_t **next)
{
    uint64_t left = (uint64_t)(end - p);
    uint32_t split;
    uint64_t len;
    void *extra;

    if (left < ITEM_SIZE || left - ITEM_SIZE < c->extra)
        return SL_E_DATA;
    split = sl_get32(p);
    len = sl_get64(p + 4);
    left -= ITEM_SIZE + c->extra;
    if (len > left || find(c, split))
        return SL_E_DATA;
    p += ITEM_SIZE;
    extra = sl_carry_extra(c, split);
    if (!extra || sl_carry_keep(c, split, p + c->extra, len) != SL_OK)
        return SL_E_NOMEM;
    memcpy(extra, p, c->extra);
    *next = p + c->extra + len;
    return SL_OK;
}

sl_status sl_carry_restore(sl_carry *carry, const void *state, uint64_t len)
{
    sl_carry anew = {.host = carry->host, .node = carry->node, .extra = carry->extra};
    const uint8_t *p = state;
    const uint8_t *end = p + len;
    sl_status rc = SL_OK;
    uint32_t n;

    if (len < HEAD_SIZE || sl_get32(p) != MAGIC || sl_get32(p + 4) != carry->extra)
        return SL_E_DATA;
    n = sl_get32(p + 8);
    p += HEAD_SIZE;
    for (uint32_t i = 0; i < n && rc == SL_OK; i++)
        rc = restore_item(&anew, p, end, &p);
    if (rc == SL_OK && p != end)
        rc = SL_E_DATA;
    if (rc != SL_OK) {
        free_rests(&anew);
        return rc;
    }
    free_rests(carry);
    carry->rests = anew.rests;
    carry->n = anew.n;
    carry->cap = anew.cap;
    carry->recent = 0;
    return SL_OK;
}
