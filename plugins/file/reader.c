/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/file/reader.c - one split as raw records of a block each.
 *
 * Bytes are read straight into the body of the batch that is given. What follows the last line end
 * is copied out and opens the next block, so that decoders seldom meet a cut line; a block without
 * a line end is given as it is. A range of a file owns the lines that start in it: it begins behind
 * the first line end at or after the byte before it, and goes on past its end to the next one.
 *
 * When memory is short nothing may be lost: of a plain file the bytes are read again from the place
 * up to which they were given; of what can't be sought a copy stays in rest until the batch is
 * made.
 */
#include "file.h"

#include <stdio.h>

#define LINE_WAIT_MAX 1048576u /* a longer line is given in pieces instead of being waited for */
#define SKIP_SLICE    4194304u /* bytes to expand and leave out in one call */
#define SKIP_BUF      2048u

/* A raw record in the making. */
typedef struct block {
    sl_builder *b;
    uint8_t *p;    /* its payload */
    uint64_t have; /* bytes at P */
    sl_writer w;
} block;

/* ---- failures ------------------------------------------------------------------------------ */

/* Give up K; what was read for it is read again. */
static sl_status no_memory(sl_reader *r, const block *k)
{
    if (k && k->b)
        r->host->rows->discard(k->b);
    if (r->stream && sl_stream_can_seek(r->stream) && r->is_there) {
        sl_stream_seek(r->stream, r->at);
        r->rest_len = 0;
    }
    r->is_at_end = 0;
    r->host->fail(r->node, "memory.short", "no memory for a block of the file");
    return SL_E_NOMEM;
}

static void broken_by(sl_reader *r, const char *code, const char *why)
{
    r->is_done = 1;
    (void)snprintf(r->why, sizeof r->why, "%s", why);
    r->is_stalled = r->options->follow && !strcmp(code, "file.read");
    if (!r->is_stalled)
        r->host->split_failed(r->node, r->split, SL_E_DATA, code, why);
}

/* The stream failed: the split ends here. */
static sl_status broken(sl_reader *r)
{
    const char *code;
    const char *why = sl_stream_why(r->stream, &code);

    broken_by(r, code, why);
    return SL_END;
}

/* What a read that gave no bytes means while the first place is looked for. */
static sl_status nothing_came(sl_reader *r, int64_t n)
{
    if (n == SL_STREAM_FAILED)
        return broken(r);
    if (n == SL_STREAM_STARVED || (r->options->follow && !r->is_final))
        return SL_WAIT;
    r->is_done = 1;
    return SL_END;
}

/* ---- what was read and not given ------------------------------------------------------------- */

static int rest_room(sl_reader *r, uint64_t len)
{
    uint8_t *more;

    if (len <= r->rest_cap)
        return 1;
    more = r->host->resize(r->node, r->rest, len);
    if (!more)
        return 0;
    r->rest = more;
    r->rest_cap = len;
    return 1;
}

static int keep_rest(sl_reader *r, const uint8_t *from, uint64_t len)
{
    if (!rest_room(r, len))
        return 0;
    if (len)
        memcpy(r->rest, from, len);
    r->rest_len = len;
    return 1;
}

/* Must what is read stay in rest until it was given? A whole file is opened again instead. */
static int saves(const sl_reader *r)
{
    return !sl_stream_can_seek(r->stream) && !r->options->whole_max;
}

/* ---- the bytes before the place -------------------------------------------------------------- */

static void tail_add(sl_reader *r, const uint8_t *p, uint64_t len)
{
    uint32_t keep;

    if (!r->options->follow || !sl_stream_can_seek(r->stream))
        return;
    if (len >= SL_FILE_TAIL) {
        memcpy(r->tail, p + len - SL_FILE_TAIL, SL_FILE_TAIL);
        r->tail_len = SL_FILE_TAIL;
        return;
    }
    keep = r->tail_len + len > SL_FILE_TAIL ? SL_FILE_TAIL - (uint32_t)len : r->tail_len;
    memmove(r->tail, r->tail + r->tail_len - keep, keep);
    memcpy(r->tail + keep, p, len);
    r->tail_len = keep + (uint32_t)len;
}

/* Read what stands before the place now. Gives its length, 0 when that can't be had. */
static uint32_t tail_read(sl_reader *r, uint8_t *buf)
{
    uint64_t len = r->at < SL_FILE_TAIL ? r->at : SL_FILE_TAIL;

    if (!len || r->os->pread(sl_stream_fd(r->stream), buf, len, r->at - len) != (int64_t)len)
        return 0;
    return (uint32_t)len;
}

/* FNV-1a; never 0 for something. */
static uint32_t check_of(const uint8_t *p, uint64_t len)
{
    uint32_t h = 2166136261u;

    for (uint64_t i = 0; i < len; i++)
        h = (h ^ p[i]) * 16777619u;
    return len && !h ? 1 : len ? h : 0;
}

uint32_t sl_reader_check(const sl_reader *r)
{
    uint64_t whole = r->at < SL_FILE_TAIL ? r->at : SL_FILE_TAIL;

    return r->tail_len == whole ? check_of(r->tail, r->tail_len) : 0;
}

int sl_reader_is_same(sl_reader *r)
{
    uint8_t now[SL_FILE_TAIL];
    uint32_t len;

    if (!r->is_there || !sl_stream_can_seek(r->stream) || !sl_reader_check(r))
        return 1;
    len = tail_read(r, now);
    return !len || (len == r->tail_len && !memcmp(now, r->tail, len));
}

/* ---- on the way to the first byte ------------------------------------------------------------ */

/* Expand and leave out: at most a slice at a time. */
static sl_status skip_packed(sl_reader *r)
{
    uint8_t buf[SKIP_BUF];
    uint64_t slice = 0;

    while (r->skip) {
        uint64_t want = r->skip < sizeof buf ? r->skip : sizeof buf;
        int64_t n;

        if (slice >= SKIP_SLICE)
            return SL_AGAIN;
        n = sl_stream_read(r->stream, buf, want);
        if (n == 0 && r->place.is_newest)
            break;
        if (n == 0 && !r->options->follow) {
            broken_by(r, "file.shorter",
                      "the content ends before the place where reading had stopped");
            return SL_END;
        }
        if (n <= 0)
            return nothing_came(r, n);
        r->at += (uint64_t)n;
        r->skip -= (uint64_t)n;
        slice += (uint64_t)n;
    }
    r->skip = 0;
    return SL_OK;
}

/* The place of a plain file: is it there, and is it what it was? */
static sl_status skip_plain(sl_reader *r)
{
    sl_file_info info;

    if (r->os->fstat(sl_stream_fd(r->stream), &info)) {
        broken_by(r, "file.read", "the size of the file can't be had");
        return SL_END;
    }
    if (r->place.is_newest) {
        r->drops_line = info.bytes > 0;
        r->skip = info.bytes ? info.bytes - 1 : 0;
    }
    if (info.bytes < r->skip && r->options->follow) {
        r->is_changed = 1;
        return SL_WAIT;
    }
    if (info.bytes < r->skip) {
        broken_by(r, "file.shorter",
                  "the file ends before the place where reading had stopped; was it replaced?");
        return SL_END;
    }
    r->at = r->skip;
    r->skip = 0;
    sl_stream_seek(r->stream, r->at);
    r->tail_len = r->options->follow ? tail_read(r, r->tail) : 0;
    if (r->place.check && r->tail_len && r->place.check != check_of(r->tail, r->tail_len)) {
        r->is_changed = 1;
        return SL_WAIT;
    }
    return SL_OK;
}

/* Leave out bytes up to and with the next line end. */
static sl_status drop_line(sl_reader *r)
{
    uint8_t buf[SKIP_BUF];

    if (saves(r) && !rest_room(r, sizeof buf))
        return no_memory(r, NULL);
    while (r->at < r->place.end) {
        int64_t n = sl_stream_read(r->stream, buf, sizeof buf);
        const uint8_t *nl;

        if (n <= 0)
            return nothing_came(r, n);
        nl = memchr(buf, '\n', (size_t)n);
        if (!nl) {
            r->at += (uint64_t)n;
            continue;
        }
        r->at += (uint64_t)(nl + 1 - buf);
        r->drops_line = 0;
        if (saves(r)) {
            (void)keep_rest(r, nl + 1, (uint64_t)(buf + n - nl - 1)); /* there is room */
        } else {
            sl_stream_seek(r->stream, r->at);
            r->tail_len = r->options->follow ? tail_read(r, r->tail) : 0;
        }
        break;
    }
    return SL_OK;
}

/* Does a line begin at the place, as far as one knows? A range that was resumed in the middle of
 * its last line, behind its end, still owns the rest of it. */
static int is_behind_line(const sl_reader *r)
{
    uint8_t before = '\n';

    if (!r->place.is_fresh && r->at && sl_stream_can_seek(r->stream))
        (void)r->os->pread(sl_stream_fd(r->stream), &before, 1, r->at - 1);
    return before == '\n';
}

/* Come to the first byte that is given. */
static sl_status get_there(sl_reader *r)
{
    sl_status rc = SL_OK;
    int64_t n = sl_stream_begin(r->stream);

    if (n < 0)
        return nothing_came(r, n);
    if (r->skip)
        rc = sl_stream_can_seek(r->stream) ? skip_plain(r) : skip_packed(r);
    if (rc == SL_OK && r->drops_line)
        rc = drop_line(r);
    if (rc == SL_OK && r->at >= r->place.end && is_behind_line(r)) {
        r->is_done = 1;
        rc = SL_END;
    }
    r->is_there = rc == SL_OK;
    return rc;
}

/* ---- open and close ------------------------------------------------------------------------ */

sl_status sl_reader_open(sl_reader *r, int32_t fd, uint32_t split, const sl_place *place)
{
    uint32_t flags = (r->options->detect ? SL_STREAM_DETECT : 0) |
                     (r->options->in_order ? SL_STREAM_ORDER : 0) |
                     (r->options->follow ? SL_STREAM_GROWS : 0);

    r->split = split;
    r->place = *place;
    r->rest_len = 0;
    r->is_done = 0;
    r->is_there = 0;
    r->is_at_end = 0;
    r->is_final = 0;
    r->is_stalled = 0;
    r->is_changed = 0;
    r->tail_len = 0;
    r->at = 0;
    r->drops_line = place->is_fresh && place->at;
    r->skip = place->is_newest ? UINT64_MAX : place->at - (r->drops_line ? 1 : 0);
    r->stream = sl_stream_open(r->host, r->node, r->os, fd, flags, r->options->max_expanded);
    if (!r->stream)
        return no_memory(r, NULL);
    if (sl_stream_is_pipe(r->stream)) { /* what it gave before is gone; the count goes on */
        r->at = place->at;
        r->skip = 0;
    }
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

/* ---- blocks -------------------------------------------------------------------------------- */

/* Begin a row with one payload of at most WANT bytes. */
static int begin_row(sl_reader *r, block *k, uint64_t want)
{
    k->b = r->host->rows->build(r->node, 0, NULL);
    if (!k->b)
        return 0;
    sl_writer_init(&k->w, r->host->rows, k->b);
    if (!sl_row_begin(&k->w))
        return 0;
    k->p = sl_row_key(&k->w, r->payload, 5 + want);
    if (!k->p)
        return 0;
    *k->p = 0xc6; /* bin32: the length is known only later */
    k->p += 5;
    return 1;
}

/* Fill K up to LEN bytes, until the stream has no more at hand. False on failure of the stream;
 * what came before counts. */
static int read_block(sl_reader *r, block *k, uint64_t len)
{
    r->is_starved = 0;
    while (k->have < len) {
        int64_t n = sl_stream_read(r->stream, k->p + k->have, len - k->have);

        r->is_starved = n == SL_STREAM_STARVED;
        if (n < 0)
            return r->is_starved;
        r->is_at_end = n == 0;
        if (n == 0)
            return 1;
        k->have += (uint64_t)n;
    }
    return 1;
}

/* How many of the bytes in K, which begin at byte r->at, are given now. */
static uint64_t cut(const sl_reader *r, const block *k)
{
    const uint8_t *nl;

    if (r->place.end != UINT64_MAX && r->at + k->have >= r->place.end) {
        uint64_t from = r->place.end - 1 > r->at ? r->place.end - 1 - r->at : 0;

        nl = from < k->have ? memchr(k->p + from, '\n', (size_t)(k->have - from)) : NULL;
        if (nl)
            return (uint64_t)(nl + 1 - k->p);
    }
    if (r->is_at_end && (!r->options->follow || r->is_final))
        return k->have;
    nl = memrchr(k->p, '\n', (size_t)k->have);
    return nl ? (uint64_t)(nl + 1 - k->p) : k->have;
}

/* Say where the batch of K, which ends at byte AT, comes from; end it. */
static sl_batch *finish_block(sl_reader *r, block *k, uint64_t at, uint32_t flags)
{
    uint8_t offset[12];
    int is_checked = r->options->follow || r->options->in_order;
    const sl_bytes last = {offset, is_checked ? sizeof offset : 8};
    const sl_rows *rows = r->host->rows;
    sl_builder *b = k->b;

    sl_set64(offset, at);
    sl_set32(offset + 8, r->options->in_order ? r->place.check : sl_reader_check(r));
    b->flags = flags;
    if (rows->origin(b, r->split, last, last, NULL) != SL_OK)
        return NULL;
    k->b = NULL; /* finish ends it, whatever comes of it */
    return rows->finish(b);
}

/* Give the first LEN bytes of K. */
static sl_status give(sl_reader *r, block *k, uint64_t len, uint32_t flags, sl_batch **out)
{
    uint64_t before = r->at;

    sl_set32(k->p - 4, (uint32_t)len);
    k->b->cur = k->p + len;
    if (sl_row_end(&k->w, 0) != SL_OK || (!saves(r) && !keep_rest(r, k->p + len, k->have - len)))
        return no_memory(r, k);
    r->at += len;
    tail_add(r, k->p, len);
    *out = finish_block(r, k, r->at, flags);
    if (!*out) {
        r->at = before;
        r->tail_len = 0;
        return no_memory(r, k);
    }
    if (saves(r)) {
        r->rest_len -= len;
        memmove(r->rest, r->rest + len, r->rest_len);
    }
    return SL_OK;
}

/* What came before a failure is given as the last block. */
static sl_status give_broken(sl_reader *r, block *k, sl_batch **out)
{
    uint64_t len = r->place.end == UINT64_MAX ? k->have : cut(r, k);
    sl_status rc;

    if (!len || (r->options->follow && !saves(r))) { /* followed: it may be tried again */
        r->host->rows->discard(k->b);
        return broken(r);
    }
    rc = give(r, k, len, r->options->follow ? 0 : SL_BATCH_LAST, out);
    if (rc == SL_OK)
        (void)broken(r);
    return rc;
}

/* Is the end of the stream right behind the bytes of K? */
static int peek(sl_reader *r, const block *k, int *is_broken)
{
    uint8_t byte;
    int64_t n = sl_stream_read(r->stream, &byte, 1);

    *is_broken = n == SL_STREAM_FAILED;
    r->is_at_end = n == 0;
    if (n == 1 && saves(r))
        r->rest[r->rest_len++] = byte; /* next_block has made room for it */
    else if (n == 1)
        sl_stream_seek(r->stream, r->at + k->have);
    return n == 0;
}

/* Does the split end with the first LEN bytes of K? */
static int is_last(sl_reader *r, const block *k, uint64_t len, int *is_broken)
{
    if (r->place.end != UINT64_MAX && r->at + len >= r->place.end && k->p[len - 1] == '\n')
        return 1;
    if (len < k->have || r->options->follow || r->is_starved)
        return 0;
    return r->is_at_end || peek(r, k, is_broken);
}

/* K is read: decide what of it is given now. */
static sl_status give_block(sl_reader *r, block *k, sl_batch **out)
{
    uint64_t len = cut(r, k);
    int waits = r->is_starved || (r->options->follow && r->is_at_end && !r->is_final);
    int is_broken = 0;
    int ends;

    if (len == 0 || (waits && k->p[len - 1] != '\n' && len < LINE_WAIT_MAX)) {
        if (!saves(r) && !keep_rest(r, k->p, k->have)) /* a line that is still being written */
            return no_memory(r, k);
        r->host->rows->discard(k->b);
        r->is_done = !waits;
        return waits ? SL_WAIT : SL_END;
    }
    ends = is_last(r, k, len, &is_broken);
    if (is_broken)
        return give_broken(r, k, out);
    if (give(r, k, len, ends ? SL_BATCH_LAST : 0, out) != SL_OK)
        return SL_E_NOMEM;
    r->is_done = ends ? 1 : 0;
    return SL_OK;
}

static sl_status next_block(sl_reader *r, uint64_t bytes, sl_batch **out)
{
    uint64_t want = bytes < r->options->block ? bytes : r->options->block;
    block k = {.have = r->rest_len};
    int ok;

    want = (want > SL_FILE_BLOCK_MIN ? want : SL_FILE_BLOCK_MIN) + k.have;
    if ((saves(r) && !rest_room(r, want + 1)) || !begin_row(r, &k, want))
        return no_memory(r, &k);
    if (k.have)
        memcpy(k.p, r->rest, k.have);
    ok = read_block(r, &k, want);
    if (saves(r)) {
        memcpy(r->rest, k.p, k.have);
        r->rest_len = k.have;
    }
    return ok ? give_block(r, &k, out) : give_broken(r, &k, out);
}

/* ---- the whole file as one payload ----------------------------------------------------------- */

static sl_status too_big(sl_reader *r, block *k)
{
    r->host->rows->discard(k->b);
    broken_by(r, "file.whole", "the file is bigger than whole_max; read it in blocks instead");
    return SL_END;
}

static sl_status next_whole(sl_reader *r, sl_batch **out)
{
    uint64_t room = r->options->block;
    block k = {.have = 0};
    sl_status rc;

    if (!begin_row(r, &k, room))
        return no_memory(r, &k);
    for (;;) {
        uint64_t start = (uint64_t)(k.p - k.b->body);

        if (!read_block(r, &k, room)) {
            r->host->rows->discard(k.b);
            return broken(r);
        }
        if (k.have > r->options->whole_max)
            return too_big(r, &k);
        if (r->is_at_end)
            break;
        k.b->cur = k.p + k.have; /* growing keeps what stands before cur */
        if (!sl_writer_room(&k.w, room))
            return no_memory(r, &k);
        k.p = k.b->body + start;
        room *= 2;
    }
    if (!k.have) {
        r->host->rows->discard(k.b);
        r->is_done = 1;
        return SL_END;
    }
    rc = give(r, &k, k.have, SL_BATCH_LAST | SL_BATCH_WHOLE, out);
    r->is_done = rc == SL_OK;
    return rc;
}

/* A batch without rows: it says that everything before the place is done with. */
static sl_status give_place(sl_reader *r, sl_batch **out)
{
    block k = {.b = r->host->rows->build(r->node, 0, NULL)};

    *out = k.b ? finish_block(r, &k, r->at, 0) : NULL;
    if (!*out) {
        r->is_there = 0; /* looked for again: newest is newer then */
        r->skip = UINT64_MAX;
        return no_memory(r, &k);
    }
    return SL_OK;
}

sl_status sl_reader_next(sl_reader *r, uint64_t bytes, sl_batch **out)
{
    if (r->is_done)
        return SL_END;
    if (!r->is_there) {
        sl_status rc = get_there(r);

        if (rc != SL_OK)
            return rc;
        if (r->place.is_newest)
            return give_place(r, out);
    }
    return r->options->whole_max ? next_whole(r, out) : next_block(r, bytes, out);
}
