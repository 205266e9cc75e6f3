/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/file/reader.c - one split as raw records of a block each.
 *
 * Bytes are read straight into the body of the batch that is given. What follows the last line end
 * is copied out and opens the next block, so that decoders seldom meet a cut line; a block without
 * a line end is given as it is. A range of a file owns the lines that start in it: it begins behind
 * the first line end at or after the byte before it, and goes on past its end to the next one.
 */
#include "file.h"

#include <stdio.h>

static sl_status no_memory(sl_reader *r)
{
    r->host->fail(r->node, "memory", "no memory for a block of the file");
    return SL_E_NOMEM;
}

/* A line longer than this is given in pieces instead of being waited for. */
#define LINE_WAIT_MAX 1048576u

/* The stream failed: the split ends here. */
static void split_broken(sl_reader *r)
{
    const char *code;
    const char *why = sl_stream_why(r->stream, &code);

    r->is_done = 1;
    r->host->split_failed(r->node, r->split, SL_E_DATA, code, why);
}

/* After a success there is room for a byte more than none, so that peek can't fail. */
static int keep_rest(sl_reader *r, const uint8_t *from, uint64_t len)
{
    if (len > r->rest_cap || !r->rest_cap) {
        uint64_t cap = len ? len : 1;
        uint8_t *more = r->host->resize(r->node, r->rest, cap);

        if (!more)
            return 0;
        r->rest = more;
        r->rest_cap = cap;
    }
    if (len)
        memcpy(r->rest, from, len);
    r->rest_len = len;
    return 1;
}

/* Leave out bytes up to and with the next line end; SL_END when the split ends before. */
static sl_status skip_line(sl_reader *r)
{
    uint8_t buf[2048];

    for (;;) {
        int64_t n = sl_stream_read(r->stream, buf, sizeof buf);
        const uint8_t *nl;

        if (n < 0)
            split_broken(r);
        if (n <= 0)
            return SL_END;
        nl = memchr(buf, '\n', (size_t)n);
        if (nl) {
            r->at += (uint64_t)(nl + 1 - buf);
            return keep_rest(r, nl + 1, (uint64_t)(buf + n - nl - 1)) ? SL_OK : no_memory(r);
        }
        r->at += (uint64_t)n;
    }
}

/* Does a line begin at AT? Ranges are of plain files. */
static int is_behind_line(const sl_reader *r, int32_t fd, uint64_t at)
{
    uint8_t before = 0;

    return r->os->pread(fd, &before, 1, at - 1) == 1 && before == '\n';
}

sl_status sl_reader_open(sl_reader *r, int32_t fd, uint32_t split, uint64_t at, uint64_t end,
                         int fresh)
{
    uint64_t from = fresh && at ? at - 1 : at;

    r->split = split;
    r->end = end;
    r->rest_len = 0;
    r->is_done = 0;
    r->is_at_end = 0;
    r->stream =
        sl_stream_open(r->host, r->node, r->os, fd, r->options->detect, r->options->max_expanded);
    if (!r->stream)
        return no_memory(r);
    if (from && !sl_stream_skip(r->stream, from)) {
        split_broken(r);
        return SL_OK;
    }
    r->at = from;
    if (fresh && at) {
        sl_status status = skip_line(r);

        if (status < 0) {
            sl_reader_close(r);
            return status;
        }
        r->is_done = status == SL_END || r->at >= end;
    }
    if (!fresh && end != UINT64_MAX && at >= end && is_behind_line(r, fd, at))
        r->is_done = 1; /* resumed where the last line of the range had ended */
    return SL_OK;
}

void sl_reader_close(sl_reader *r)
{
    sl_stream_close(r->stream);
    r->stream = NULL;
    r->host->release(r->rest);
    r->rest = NULL;
    r->rest_cap = 0;
    r->rest_len = 0;
}

/* Fill P with up to LEN bytes behind those that are there, until the stream has no more at hand.
 * False on failure of the stream; what came before counts. */
static int read_block(sl_reader *r, uint8_t *p, uint64_t *have, uint64_t len)
{
    r->is_starved = 0;
    r->is_spent = 1;
    while (*have < len) {
        int64_t n = sl_stream_read(r->stream, p + *have, len - *have);

        r->is_starved = n == SL_STREAM_STARVED;
        if (n < 0)
            return r->is_starved;
        r->is_at_end = n == 0;
        if (n == 0)
            return 1;
        *have += (uint64_t)n;
    }
    return 1;
}

/* Is there a byte behind those that were read? Keeps it as the rest. */
static int peek(sl_reader *r, int *broken)
{
    uint8_t byte;
    int64_t n = sl_stream_read(r->stream, &byte, 1);

    *broken = n == SL_STREAM_FAILED;
    r->is_at_end = n == 0;
    return n > 0 && keep_rest(r, &byte, 1);
}

/* How many of the HAVE bytes at P, which begin at byte r->at, are given now. */
static uint64_t cut(const sl_reader *r, const uint8_t *p, uint64_t have)
{
    const uint8_t *nl;

    if (r->end != UINT64_MAX && r->at + have >= r->end) {
        uint64_t from = r->end - 1 > r->at ? r->end - 1 - r->at : 0;

        nl = from < have ? memchr(p + from, '\n', (size_t)(have - from)) : NULL;
        if (nl)
            return (uint64_t)(nl + 1 - p);
    }
    if (r->is_at_end && !r->options->follow)
        return have;
    nl = memrchr(p, '\n', (size_t)have);
    return nl ? (uint64_t)(nl + 1 - p) : have;
}

/* The batch of B, whose bytes end at AT of the split. */
static sl_batch *finish_block(sl_reader *r, sl_builder *b, uint64_t at, uint32_t flags)
{
    uint8_t offset[8];
    const sl_bytes last = {offset, sizeof offset};
    const sl_rows *rows = r->host->rows;

    sl_set64(offset, at);
    b->flags = flags;
    if (rows->origin(b, r->split, last, last, NULL) != SL_OK) {
        rows->discard(b);
        return NULL;
    }
    return rows->finish(b);
}

/* Begin a row with one payload of at most WANT bytes; gives where the payload goes. */
static uint8_t *begin_row(sl_reader *r, sl_builder *b, sl_writer *w, uint64_t want)
{
    uint8_t *p;

    sl_writer_init(w, r->host->rows, b);
    if (!sl_row_begin(w))
        return NULL;
    p = sl_row_key(w, r->payload, 5 + want);
    if (p)
        *p = 0xc6; /* bin32: the length is known only later */
    return p ? p + 5 : NULL;
}

static sl_status give(sl_reader *r, sl_builder *b, sl_writer *w, uint8_t *p, uint64_t len,
                      uint32_t flags, sl_batch **out)
{
    sl_set32(p - 4, (uint32_t)len);
    w->b->cur = p + len;
    if (sl_row_end(w, 0) != SL_OK) {
        r->host->rows->discard(b);
        return no_memory(r);
    }
    *out = finish_block(r, b, r->at + len, flags);
    if (!*out)
        return no_memory(r);
    r->at += len;
    return SL_OK;
}

/* The whole file as one payload. */
static sl_status next_whole(sl_reader *r, sl_batch **out)
{
    sl_builder *b = r->host->rows->build(r->node, 0, NULL);
    uint64_t room = r->options->block;
    uint64_t have = 0;
    sl_writer w;
    uint8_t *p = b ? begin_row(r, b, &w, room) : NULL;

    while (p) {
        uint64_t start = (uint64_t)(p - b->body);

        if (!read_block(r, p, &have, room)) {
            r->host->rows->discard(b);
            split_broken(r);
            return SL_END;
        }
        if (r->is_at_end)
            break;
        if (have > r->options->whole_max) {
            r->host->rows->discard(b);
            r->is_done = 1;
            r->host->split_failed(r->node, r->split, SL_E_DATA, "file.whole",
                                  "the file is bigger than whole_max; read it in blocks instead");
            return SL_END;
        }
        b->cur = p + have; /* growing keeps what stands before cur */
        p = sl_writer_room(&w, room) ? b->body + start : NULL;
        room *= 2;
    }
    if (!p) {
        if (b)
            r->host->rows->discard(b);
        return no_memory(r);
    }
    r->is_done = 1;
    return give(r, b, &w, p, have, SL_BATCH_LAST | SL_BATCH_WHOLE, out);
}

/* What came before a failure is given as the last block. */
static sl_status next_broken(sl_reader *r, sl_builder *b, sl_writer *w, uint8_t *p, uint64_t have,
                             sl_batch **out)
{
    split_broken(r);
    if (!have) {
        r->host->rows->discard(b);
        return SL_END;
    }
    return give(r, b, w, p, have, SL_BATCH_LAST, out);
}

/* Does the split end with the LEN bytes at P, which are about to be given? */
static int is_last(sl_reader *r, const uint8_t *p, uint64_t len, int *broken)
{
    if (r->end != UINT64_MAX && r->at + len >= r->end && p[len - 1] == '\n')
        return 1;
    if (r->rest_len || r->options->follow || r->is_starved)
        return 0;
    if (!r->is_at_end)
        (void)peek(r, broken);
    return r->is_at_end;
}

/* The block is read: HAVE bytes at P. Decide what of it is given now. */
static sl_status give_block(sl_reader *r, sl_builder *b, sl_writer *w, uint8_t *p, uint64_t have,
                            sl_batch **out)
{
    uint64_t len = cut(r, p, have);
    int waits = r->is_starved || (r->options->follow && r->is_at_end);
    int broken = 0;

    if (len == 0 || (waits && p[len - 1] != '\n' && len < LINE_WAIT_MAX)) {
        int kept = keep_rest(r, p, have); /* a line that is still being written */

        r->host->rows->discard(b);
        r->is_done = !waits;
        return !kept ? no_memory(r) : waits ? SL_WAIT : SL_END;
    }
    if (!keep_rest(r, p + len, have - len)) {
        r->host->rows->discard(b);
        return no_memory(r);
    }
    r->is_done = is_last(r, p, len, &broken) ? 1 : 0;
    if (broken)
        return next_broken(r, b, w, p, len, out);
    return give(r, b, w, p, len, r->is_done ? SL_BATCH_LAST : 0, out);
}

sl_status sl_reader_next(sl_reader *r, uint64_t bytes, sl_batch **out)
{
    uint64_t want = bytes < r->options->block ? bytes : r->options->block;
    uint64_t have = r->rest_len;
    sl_builder *b;
    sl_writer w;
    uint8_t *p;

    r->is_spent = 0;
    if (r->is_done)
        return SL_END;
    if (r->options->whole_max)
        return next_whole(r, out);
    want = (want > SL_FILE_BLOCK_MIN ? want : SL_FILE_BLOCK_MIN) + have;
    b = r->host->rows->build(r->node, 0, NULL);
    p = b ? begin_row(r, b, &w, want) : NULL;
    if (!p) {
        if (b)
            r->host->rows->discard(b);
        return no_memory(r);
    }
    if (have)
        memcpy(p, r->rest, have);
    if (!read_block(r, p, &have, want))
        return next_broken(r, b, &w, p, have, out);
    return give_block(r, b, &w, p, have, out);
}
