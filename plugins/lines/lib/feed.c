/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/lines/lib/feed.c - drives a decoder of text: blocks in, rows out.
 *
 * A row of raw records goes through three stages: join with the split's rest, cut into records,
 * keep the new rest. Batches of messages that are whole have only the middle one, and there one
 * batch of rows may span many messages; a block of a file always ends the batch in the making,
 * because the bytes that its bad records lie in do not outlive it.
 *
 * Bad records are rejected when the rows before them have been passed on. If making that batch
 * fails for lack of memory, the feed goes back to where it began, and the next call makes it again.
 */
#include "plugins/lines/lib/feed.h"

#include <stdio.h>

#include <sluice/text.h>

#define JOIN 0u
#define CUT  1u
#define KEEP 2u

#define BODY_AIM 131072u
#define ROWS_AIM 8192u

/* What the feed keeps of a split, in front of the format's own bytes. */
typedef struct split_state {
    uint32_t is_skipping; /* inside a record that was too long: until the next line end */
    uint32_t has_begun;
    uint8_t extra[SL_FEED_EXTRA];
} split_state;

sl_status sl_feed_init(sl_feed *feed, const sl_host *host, sl_node *node, sl_instance *self,
                       sl_feed_take *take)
{
    feed->host = host;
    feed->node = node;
    feed->self = self;
    feed->take = take;
    feed->payload = host->rows->path(node, 0, "payload");
    feed->carry = sl_carry_new(host, node, sizeof(split_state));
    feed->list = host->alloc(node, SL_FEED_BADS * sizeof *feed->list);
    return feed->payload && feed->carry && feed->list ? SL_OK : SL_E_NOMEM;
}

void sl_feed_fini(sl_feed *feed)
{
    if (!feed->host)
        return;
    if (feed->b)
        feed->host->rows->discard(feed->b);
    feed->host->rows->unref(feed->batch);
    sl_carry_free(feed->carry);
    feed->host->release(feed->list);
}

uint32_t sl_feed_refuse(sl_feed *feed, const char *code, const char *why, uint64_t place)
{
    feed->bad.code = code;
    feed->bad.why = why;
    feed->bad.column = place < UINT32_MAX ? (uint32_t)place : UINT32_MAX;
    feed->bad.field = NULL;
    feed->bad.figure = 0;
    feed->bad.figure2 = 0;
    return SL_FEED_BAD;
}

sl_pnode *sl_feed_key(sl_feed *feed, sl_feed_scope *s, const uint8_t *key, uint64_t len,
                      uint32_t kind)
{
    sl_builder *b = feed->w.b;
    sl_pnode *n = NULL;

    if (s->parent) {
        n = s->prev ? s->prev->next : s->parent->child;
        if (!n || n->key.len != len || memcmp(n->key.ptr, key, len) != 0)
            n = s->paths->child(s->tree, s->parent, s->prev, key, len);
    }
    sl_row_text_key(&feed->w, key, len);
    if (n) {
        s->prev = n;
        n->seen++;
        n->kinds |= kind;
        /* Learned after the batch was begun: no row so far has it. */
        if (b->slot && n->slot != SL_NO_SLOT && n->slot >= b->nslot && feed->w.status == SL_OK)
            feed->w.status = feed->host->rows->grow(b, 0);
    }
    if (n && b->slot && n->slot < b->nslot)
        b->slot[(size_t)b->nrec * b->stride + n->slot] = (uint32_t)(b->cur - b->body);
    else
        feed->all = 0;
    return n;
}

/* ---- dead letters ---- */

static void reject(sl_feed *f, const sl_feed_bad *bad)
{
    char why[512];
    char place[32] = "";

    if (bad->column)
        (void)snprintf(place, sizeof place, "at column %u: ", bad->column);
    if (bad->figure || bad->figure2)
        (void)snprintf(why, sizeof why, "%s%s: %u instead of %u", place, bad->why, bad->figure,
                       bad->figure2);
    else
        (void)snprintf(why, sizeof why, "%s%s%s%.200s", place, bad->why, bad->field ? ": " : "",
                       bad->field ? bad->field : "");
    f->host->reject_part(f->node, f->batch, bad->row, bad->at, bad->ptr, bad->len, bad->code, why);
}

/* Put the LEN bytes at place POS of the block on the list. */
static void note_bad(sl_feed *f, uint64_t len)
{
    sl_feed_bad *bad = &f->list[f->bads++];

    *bad = f->bad;
    bad->ptr = f->block + f->pos;
    bad->len = len;
    bad->row = f->row;
    bad->at = f->pos < f->before ? 0 : (uint32_t)(f->pos - f->before);
}

/* ---- batches ---- */

static sl_status begin_batch(sl_feed *f)
{
    f->b = f->host->rows->build(f->node, 0, f->batch->nrec ? f->batch : NULL);
    if (!f->b)
        return SL_E_NOMEM;
    sl_writer_init(&f->w, f->host->rows, f->b);
    f->start_row = f->row_at;
    f->start_pos = f->pos;
    f->all = 1;
    return SL_OK;
}

/* Pass on the batch in the making, then reject what was bad in it. */
static sl_status end_batch(sl_feed *f)
{
    sl_builder *b = f->b;
    sl_status rc = SL_OK;

    f->b = NULL;
    if (b && b->nrec) {
        sl_batch *out;

        b->flags |= f->all && b->slot ? SL_BATCH_ALL : 0;
        out = f->host->rows->finish(b);
        if (!out) {
            f->bads = 0;
            if (f->row_at != f->start_row)
                f->stage = JOIN;
            f->row_at = f->start_row;
            f->pos = f->start_pos;
            return SL_E_NOMEM;
        }
        f->progress = 1;
        rc = f->host->emit(f->node, 0, out);
    } else if (b) {
        f->host->rows->discard(b);
    }
    for (uint32_t i = 0; i < f->bads; i++)
        reject(f, &f->list[i]);
    f->progress |= f->bads != 0;
    f->bads = 0;
    return rc < 0 ? rc : SL_OK;
}

/* Take back the row that was begun. */
static void drop_row(sl_feed *f)
{
    sl_builder *b = f->b;

    f->w.depth = 0;
    f->w.status = SL_OK;
    b->cur = b->body + b->rec[b->nrec];
    if (b->slot && b->nrec < b->cap)
        memset(b->slot + (size_t)b->nrec * b->stride, 0, b->stride * sizeof *b->slot);
}

static int is_full(const sl_feed *f)
{
    return f->bads == SL_FEED_BADS || f->b->nrec >= ROWS_AIM ||
           (uint64_t)(f->b->cur - f->b->body) >= BODY_AIM;
}

/* ---- records ---- */

static split_state *state_of(sl_feed *f)
{
    return f->extra ? (split_state *)(void *)((uint8_t *)f->extra - offsetof(split_state, extra))
                    : NULL;
}

/* The bytes up to and with the next line end, all when there is none. */
static uint64_t line_span(const uint8_t *p, uint64_t n, int *has_end)
{
    const uint8_t *end = memchr(p, '\n', n);

    *has_end = end != NULL;
    return end ? (uint64_t)(end - p) + 1 : n;
}

/* A record that is longer than is allowed: its bytes so far are bad, and so are those that follow
 * up to the next line end. */
static void skip_long(sl_feed *f)
{
    split_state *state = state_of(f);
    int has_end;
    uint64_t n = line_span(f->block + f->pos, f->len - f->pos, &has_end);

    (void)sl_feed_refuse(f, "record.size", "the record is longer than limits: record allows", 0);
    note_bad(f, n);
    f->pos += n;
    if (state)
        state->is_skipping = !has_end;
}

/* Take the record at pos. False: the rest of the block is no whole record. */
static int take_record(sl_feed *f)
{
    uint64_t n = f->len - f->pos;
    uint32_t is_last = f->is_last || !f->extra;
    split_state *state = state_of(f);
    uint32_t got;

    if (state && state->is_skipping) {
        skip_long(f);
        return 1;
    }
    got = f->take(f->self, f, f->block + f->pos, n, (int)is_last);
    if (got != SL_FEED_ROW && f->w.status != SL_OK) {
        sl_status failed = f->w.status;

        drop_row(f);
        f->w.status = failed;
        return 1;
    }
    if (got == SL_FEED_MORE) {
        if (f->b->cur != f->b->body + f->b->rec[f->b->nrec])
            drop_row(f);
        if (n <= f->max_record)
            return 0;
        skip_long(f);
        return 1;
    }
    if (got == SL_FEED_ROW) {
        sl_builder *b = f->b;

        if (sl_row_end(&f->w, f->row) != SL_OK)
            return 1;
        if (b->within)
            b->within[b->nrec - 1] = f->pos < f->before ? 0 : (uint32_t)(f->pos - f->before);
    } else if (got == SL_FEED_BAD) {
        drop_row(f);
        note_bad(f, f->used);
    }
    f->pos += f->used;
    return 1;
}

static sl_status cut(sl_feed *f)
{
    while (f->pos < f->len) {
        sl_status rc;

        if (f->b && is_full(f)) {
            rc = end_batch(f);
            if (rc != SL_OK)
                return rc;
        }
        if (!f->b) {
            rc = begin_batch(f);
            if (rc != SL_OK)
                return rc;
        }
        if (!take_record(f))
            break;
        if (f->w.status != SL_OK) {
            rc = f->w.status;
            f->w.status = SL_OK;
            return rc;
        }
    }
    return SL_OK;
}

/* ---- rows of the input ---- */

static sl_status join(sl_feed *f)
{
    uint32_t is_whole = f->batch->flags & SL_BATCH_WHOLE;
    sl_val v = {.type = SL_V_ABSENT};
    split_state *state = NULL;

    f->is_last = f->row_at == f->batch->nsel;
    if (!f->is_last) {
        f->row = f->batch->sel ? f->batch->sel[f->row_at] : f->row_at;
        (void)sl_batch_get(f->batch, f->row, f->payload, &v);
    }
    if (v.type != SL_V_BIN && v.type != SL_V_STR) {
        v.n = 0;
        v.ptr = (const uint8_t *)"";
    }
    f->block = v.ptr;
    f->len = v.n;
    f->before = 0;
    f->extra = NULL;
    if (!is_whole) {
        sl_status rc;

        state = sl_carry_extra(f->carry, f->batch->split);
        if (!state)
            return SL_E_NOMEM;
        rc = sl_carry_join(f->carry, f->batch->split, v.ptr, v.n, &f->block, &f->len, &f->before);
        if (rc != SL_OK)
            return rc;
        f->extra = state->extra;
    }
    f->valid = f->block + sl_utf8_span(f->block, f->len);
    if ((!state || !state->has_begun) && f->pos == 0 && f->len >= 3 &&
        !memcmp(f->block, "\xef\xbb\xbf", 3))
        f->pos = 3;
    if (state && f->len)
        state->has_begun = f->len >= 3 || *f->block != 0xef;
    return SL_OK;
}

static sl_status keep(sl_feed *f)
{
    sl_status rc = sl_carry_keep(f->carry, f->batch->split, f->block + f->pos, f->len - f->pos);

    if (rc == SL_OK && f->is_last)
        sl_carry_end(f->carry, f->batch->split);
    return rc;
}

/* Bring the row in hand a stage further. */
static sl_status step(sl_feed *f)
{
    uint32_t is_whole = f->batch->flags & SL_BATCH_WHOLE;
    sl_status rc = SL_OK;

    if (f->stage == JOIN) {
        rc = join(f);
        f->stage += rc == SL_OK;
        return rc;
    }
    if (f->stage == CUT) {
        rc = cut(f);
        if (rc == SL_OK && !is_whole)
            rc = end_batch(f);
        f->stage += rc == SL_OK;
        return rc;
    }
    rc = is_whole ? SL_OK : keep(f);
    if (rc == SL_OK) {
        f->stage = JOIN;
        f->pos = 0;
        f->row_at++;
    }
    return rc;
}

sl_status sl_feed_process(sl_feed *f, sl_batch *batch)
{
    uint32_t rows = batch->nsel;
    sl_status rc = SL_OK;

    rows += (batch->flags & SL_BATCH_LAST) && !(batch->flags & SL_BATCH_WHOLE);
    if (!f->batch) {
        f->batch = f->host->rows->ref(batch);
        f->row_at = 0;
        f->row = 0;
        f->stage = JOIN;
        f->pos = 0;
        f->seen_us = batch->arrived_us;
    }
    f->progress = 0;
    do {
        while (rc == SL_OK && f->row_at < rows)
            rc = step(f);
        if (rc == SL_OK)
            rc = end_batch(f);
    } while (rc == SL_OK && f->row_at < rows);
    if (rc == SL_E_NOMEM) {
        /* What was made so far goes on; then the host may find memory. */
        sl_status ended = end_batch(f);

        if (ended != SL_OK && ended != SL_E_NOMEM)
            rc = ended;
        else if (f->progress)
            return SL_AGAIN;
        else
            return SL_E_NOMEM;
    }
    if (rc == SL_OK)
        f->host->count(f->node, batch->nsel, 0);
    f->host->rows->unref(f->batch);
    f->batch = NULL;
    return rc;
}
