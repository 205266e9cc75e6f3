/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/writer/lib/out.c - the bytes of one file on their way to the store.
 *
 * Bytes gather in chunks. A chunk of 8 MiB is sent as a part at once, the rest when the file is
 * closed, so a small file is one part. At most one store operation of a file is under way; when it
 * ends the next begins (sl_out_pump), until the queue is empty or the upload is finished.
 *
 *     OUT_IDLE ── begin ──> OUT_OPEN ── part … ── finish ──> OUT_DONE (token)
 *                                                    └─────> OUT_BROKEN
 *
 * A failed begin or part is kept in out->failed and can be tried again: its chunk is still there. A
 * failed finish can't, because the store has taken the upload.
 */
#include "files_priv.h"

sl_files_out *sl_out_new(sl_files *w, char *key)
{
    sl_files_out *out = w->host->alloc(w->node, sizeof *out);

    if (!out)
        return NULL;
    memset(out, 0, sizeof *out);
    out->w = w;
    out->key = key;
    return out;
}

void sl_out_free(sl_files_out *out)
{
    const sl_host *host;
    chunk *next;

    if (!out)
        return;
    host = out->w->host;
    out->w->busy_count -= out->is_busy;
    out->w->failed_count -= out->failed != SL_OK;
    if (out->upload)
        out->w->ops->drop(out->upload);
    for (chunk *c = out->first; c; c = next) {
        next = c->next;
        host->release(c);
    }
    host->release(out->key);
    host->release(out->token);
    host->release(out);
}

/* ---- bytes in -------------------------------------------------------------------------------- */

static chunk *chunk_new(sl_files *w, uint64_t room)
{
    chunk *c = w->spare;

    if (c && c->room >= room) {
        w->spare = NULL;
    } else {
        c = w->host->alloc(w->node, sizeof *c + room);
        if (!c)
            return NULL;
        c->room = room;
    }
    c->next = NULL;
    c->len = 0;
    c->is_sealed = 0;
    return c;
}

/* Make C, the last chunk, wider by at least LEN bytes. */
static chunk *chunk_widen(sl_files_out *out, chunk *c, uint64_t len)
{
    uint64_t room = c->room * 2;
    chunk **link = &out->first;

    if (room > FILES_PART_BYTES + FILES_CHUNK_BYTES)
        room = FILES_PART_BYTES + FILES_CHUNK_BYTES;
    if (room < c->len + len)
        room = c->len + len;
    while (*link != c)
        link = &(*link)->next;
    c = out->w->host->resize(out->w->node, c, sizeof *c + room);
    if (!c)
        return NULL;
    c->room = room;
    *link = c;
    out->last = c;
    return c;
}

/* Make sure that the last chunk has room for LEN bytes. */
static chunk *chunk_room(sl_files_out *out, uint64_t len)
{
    sl_files *w = out->w;
    chunk *c = out->last;
    uint64_t room;

    if (c && !c->is_sealed && c->room - c->len >= len)
        return c;
    if (c && !c->is_sealed && c->len < FILES_PART_BYTES && len <= FILES_PART_BYTES)
        return chunk_widen(out, c, len);
    room = c ? FILES_PART_BYTES + FILES_CHUNK_BYTES : FILES_CHUNK_BYTES;
    c = chunk_new(w, len > room ? len : room);
    if (!c)
        return NULL;
    if (out->last)
        out->last->next = c;
    else
        out->first = c;
    out->last = c;
    return c;
}

static void chunk_grown(sl_files_out *out, uint64_t len)
{
    chunk *c = out->last;

    if (c->len < FILES_PART_BYTES && c->len + len >= FILES_PART_BYTES)
        out->full++;
    c->len += len;
    out->bytes += len;
    out->queued += len;
    if (out->full && out->failed == SL_OK)
        sl_out_pump(out);
}

sl_status sl_files_put(sl_files_out *out, const void *data, uint64_t len)
{
    chunk *c;

    if (!len)
        return SL_OK;
    c = chunk_room(out, len);
    if (!c)
        return SL_E_NOMEM;
    memcpy(c->data + c->len, data, len);
    chunk_grown(out, len);
    return SL_OK;
}

void *sl_files_room(sl_files_out *out, uint64_t want, uint64_t *got)
{
    chunk *c = chunk_room(out, want);

    if (!c)
        return NULL;
    *got = c->room - c->len;
    return c->data + c->len;
}

void sl_files_used(sl_files_out *out, uint64_t len)
{
    if (len)
        chunk_grown(out, len);
}

uint64_t sl_out_memory(const sl_files_out *out)
{
    uint64_t sum = 0;

    for (const chunk *c = out->first; c; c = c->next)
        sum += c->room;
    return sum;
}

uint64_t sl_files_bytes(const sl_files_out *out)
{
    return out->bytes;
}

void sl_files_reject(sl_files_out *out, sl_batch *batch, const uint16_t *row, uint32_t n,
                     const char *code, const char *why)
{
    out->rejected += n;
    out->w->host->reject(out->w->node, batch, row, n, code, why);
}

/* ---- bytes on -------------------------------------------------------------------------------- */

/* The oldest chunk is with the store: let go of it. */
static void chunk_sent(sl_files_out *out)
{
    sl_files *w = out->w;
    chunk *c = out->first;

    out->first = c->next;
    if (!out->first)
        out->last = NULL;
    out->queued -= c->len;
    if (c->len >= FILES_PART_BYTES)
        out->full--;
    if (!w->spare && c->room >= FILES_PART_BYTES) {
        w->spare = c;
        return;
    }
    w->host->release(c);
}

/* The store has ended the operation that was right for the state OUT is in. */
static void op_ended(sl_files_out *out, sl_status status, int was_part)
{
    out->is_busy = 0;
    out->w->busy_count--;
    if (status < 0) {
        out->failed = status;
        out->w->failed_count++;
        if (out->state == OUT_OPEN && !was_part) {
            out->upload = NULL; /* finish takes it also when it fails */
            out->state = OUT_BROKEN;
        }
        return;
    }
    if (out->state == OUT_IDLE) {
        out->state = OUT_OPEN;
    } else if (was_part) {
        chunk_sent(out);
    } else {
        out->upload = NULL;
        out->state = OUT_DONE;
    }
}

static void begin_done(void *arg, sl_status status)
{
    sl_files_out *out = arg;

    op_ended(out, status, 0);
    sl_out_pump(out);
    sl_files_progress(out->w);
}

static void part_done(void *arg, sl_status status)
{
    sl_files_out *out = arg;

    op_ended(out, status, 1);
    sl_out_pump(out);
    sl_files_progress(out->w);
}

/* Start the next operation. False when there is none to start. */
static int op_start(sl_files_out *out)
{
    const sl_store_ops *ops = out->w->ops;
    chunk *c = out->first;
    sl_done done = {.fn = begin_done, .arg = out};
    sl_status rc;
    int is_part = 0;

    if (out->state >= OUT_DONE || (!out->full && !out->is_closing))
        return 0;
    out->is_busy = 1;
    out->w->busy_count++;
    if (out->state == OUT_IDLE) {
        rc = ops->begin(out->w->store, out->key, SL_STORE_IF_ABSENT, &out->upload, done);
    } else if (c) {
        is_part = 1;
        done.fn = part_done;
        c->is_sealed = 1; /* nothing is added to it while it is on its way */
        rc = ops->part(out->upload, c->data, c->len, done);
    } else {
        rc = ops->finish(out->upload, &out->token, &out->token_len, done);
    }
    if (rc != SL_WAIT)
        op_ended(out, rc, is_part);
    return 1;
}

void sl_out_pump(sl_files_out *out)
{
    while (!out->is_busy && out->failed == SL_OK && op_start(out))
        ;
}

void sl_out_again(sl_files_out *out)
{
    if (out->failed == SL_OK || out->state == OUT_BROKEN)
        return;
    out->failed = SL_OK;
    out->w->failed_count--;
    sl_out_pump(out);
}

int sl_out_is_behind(const sl_files_out *out)
{
    return out->is_busy && out->full > FILES_QUEUE_MAX;
}
