/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/json/feed.c - from blocks of text to rows: framing, bad input, batches.
 *
 * See feed.h for what a feed does. Two invariants make errors local: a piece that the first stage
 * accepts holds no line end within a string, so going on at any line end of it needs no new index;
 * and a row counts only once it is ended, so a failed one is taken back by moving the end of the
 * body.
 *
 * A piece that ends within a document is done again, longer, from that document's start; when the
 * block ends there as well, the rest is carried to the next block.
 */
#include "plugins/json/feed.h"

#include "plugins/json/scalar.h"

#include <sluice/text.h>
#include <stdio.h>

#define PIECE      65536u  /* bytes of text that are indexed at once */
#define BATCH_AIM  131072u /* bytes of body at which a batch goes out */
#define BATCH_ROWS 8192u
#define BODY_MOST  1048576u /* bytes of body above which rows of a whole message go out early */

/* What became of a piece or of an item. */
#define DONE  0 /* go on */
#define SHORT 1 /* it ends within a document, which starts at f->pos */
#define STOP  2 /* leave with a status */

typedef struct piece {
    uint64_t base; /* place in the block */
    uint64_t end;
    const uint32_t *places;
    const uint32_t *idx;
    uint32_t n;
    uint32_t is_whole; /* nothing can follow: a document that ends early is bad */
    uint32_t is_far;   /* the block has no later place where it could end */
    sl_status status;  /* of STOP */
} piece;

/* ---- rows and batches ----------------------------------------------------------------------- */

sl_status sl_json_feed_flush(sl_json_feed *f, int last)
{
    sl_builder *b = f->b;
    sl_batch *batch;
    sl_status status;

    if (!b)
        return SL_OK;
    f->b = NULL;
    f->first_row = f->item_row = 0;
    if (b->nrec == 0) {
        f->host->rows->discard(b);
        return SL_OK;
    }
    b->flags |= (f->w.all ? SL_BATCH_ALL : 0u) | (last ? SL_BATCH_LAST : 0u);
    batch = f->host->rows->finish(b);
    if (!batch)
        return SL_E_NOMEM;
    f->progressed = 1;
    status = f->host->emit(f->node, 0, batch);
    return status < 0 ? status : SL_OK;
}

sl_status sl_json_feed_ready(sl_json_feed *f)
{
    if (!f->b) {
        f->b = f->host->rows->build(f->node, 0, f->batch);
        if (!f->b)
            return f->progressed ? SL_AGAIN : SL_E_NOMEM;
        f->w.all = 1;
        f->first_row = 0;
    }
    if (f->b->nrec == f->b->cap) {
        sl_status status = f->host->rows->grow(f->b, SL_JSON_SENTINELS);

        if (status != SL_OK)
            return status;
    }
    sl_json_walk_into(&f->w, f->b);
    return SL_OK;
}

void sl_json_feed_row(sl_json_feed *f, uint8_t *out, uint64_t place)
{
    sl_builder *b = f->b;

    b->cur = out;
    if (b->from)
        b->from[b->nrec] = (uint16_t)f->row;
    if (b->within)
        b->within[b->nrec] = place < f->before ? 0 : (uint32_t)(place - f->before);
    b->rec[++b->nrec] = (uint32_t)(out - b->body);
}

void sl_json_feed_undo(sl_json_feed *f, uint32_t row)
{
    sl_builder *b = f->b;

    if (!b)
        return;
    if (b->slot) {
        uint32_t rows = b->nrec - row + (b->nrec < b->cap);

        memset(b->slot + (size_t)row * b->stride, 0, (size_t)rows * b->stride * sizeof *b->slot);
    }
    b->nrec = row;
    b->cur = b->body + b->rec[row];
}

/* Is it time for the batch to go out, between documents that can't be taken back any more? */
static int is_full(const sl_json_feed *f)
{
    return f->b && ((uint64_t)(f->b->cur - f->b->body) >= BATCH_AIM || f->b->nrec >= BATCH_ROWS);
}

/* Must it go out although the message under way may still turn out to be bad? */
static int is_overfull(const sl_json_feed *f)
{
    return f->b &&
           ((uint64_t)(f->b->cur - f->b->body) >= BODY_MOST || f->b->nrec >= BATCH_ROWS * 7);
}

/* ---- bad input ------------------------------------------------------------------------------ */

void sl_json_feed_reject(sl_json_feed *f, uint64_t from, uint64_t to, uint32_t fault, uint64_t at)
{
    const sl_json_fault *what = &sl_json_faults[fault];
    unsigned long long byte = at > from ? at - from : 0;
    uint8_t c = at < f->len ? f->block[at] : 0;
    const uint8_t *end;
    char why[256];

    if (fault == SL_JSON_SYNTAX && at >= to)
        (void)snprintf(why, sizeof why, "the text ends, after %llu bytes, before its JSON does",
                       byte);
    else if (fault == SL_JSON_SYNTAX && c > 0x20 && c < 0x7f)
        (void)snprintf(why, sizeof why, "%s: unexpected '%c' at byte %llu", what->text, c, byte);
    else
        (void)snprintf(why, sizeof why, "%s (at byte %llu)", what->text, byte);
    f->progressed = 1;
    end = f->block + to;
    if (!f->one && to - from > 1 && end[-1] == '\n') /* the end of the line is not what is bad */
        to -= to - from > 2 && end[-2] == '\r' ? 2 : 1;
    f->host->reject_part(f->node, f->batch, f->row,
                         from < f->before ? 0 : (uint32_t)(from - f->before), f->block + from,
                         to - from, what->code, why);
}

/* The document at START is bad at AT. Sends the smallest bad part away and sets f->pos behind. */
static int bad(sl_json_feed *f, uint64_t start, uint32_t fault, uint64_t at)
{
    uint64_t to = f->len;

    if (f->one) {
        sl_json_feed_undo(f, f->first_row);
        sl_json_feed_reject(f, 0, f->len, fault, at);
        f->pos = f->len;
        f->documents_seen = 1;
        f->state.at = SL_JSON_AT_DOCUMENT;
        return DONE;
    }
    if (!sl_json_resume(f->block, start, at, f->len, &to) && !f->is_final) {
        f->pos = start;
        return SHORT;
    }
    sl_json_feed_reject(f, start, to, fault, at);
    f->pos = f->last_end = to;
    if (f->state.at != SL_JSON_AT_DOCUMENT)
        f->state.at = SL_JSON_AT_ANY;
    return DONE;
}

/* A separator between the records of a top-level array is wrong; AT is behind the wrong text. No
 * record is lost for it. */
static int bad_separator(sl_json_feed *f, uint64_t at)
{
    if (f->one)
        return bad(f, 0, SL_JSON_SYNTAX, at);
    sl_json_feed_reject(f, f->last_end < at ? f->last_end : at, at, SL_JSON_SYNTAX, at);
    f->last_end = at;
    f->state.at = SL_JSON_AT_ANY;
    return DONE;
}

/* ---- items ---------------------------------------------------------------------------------- */

/* After an error: put the index of P at f->pos. */
static void reposition(const sl_json_feed *f, piece *p)
{
    uint32_t low = 0;
    uint32_t high = p->n;

    if (f->pos >= p->end) {
        p->idx = p->places + p->n;
        return;
    }
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;

        if (p->base + p->places[mid] < f->pos)
            low = mid + 1;
        else
            high = mid;
    }
    p->idx = p->places + low;
}

/* Where the record at START ends whose last token is at LAST. */
static uint64_t item_end(const sl_json_feed *f, uint64_t last)
{
    uint64_t end = last + 1;

    if (f->block[last] != '}' && f->block[last] != ']')
        (void)sl_json_scan(f->block, last, f->len, 1, &end);
    return end;
}

/* The record from START to END went well. */
static void item_done(sl_json_feed *f, uint64_t start, uint64_t end)
{
    if (end - start > f->max_record) {
        sl_json_feed_undo(f, f->item_row);
        if (f->one)
            (void)bad(f, start, SL_JSON_SIZE, start);
        else
            sl_json_feed_reject(f, start, end, SL_JSON_SIZE, start);
    }
    f->last_end = end;
    if (f->state.at != SL_JSON_AT_DOCUMENT && f->state.at != SL_JSON_AT_ANY)
        f->state.at = SL_JSON_AT_COMMA;
    f->documents_seen++;
}

/* The record at the next token of P. */
static int item(sl_json_feed *f, piece *p)
{
    uint64_t start = p->base + *p->idx;
    sl_json_step s = {p->idx, NULL};
    int early;
    int got;

    f->pos = start;
    p->status = sl_json_feed_ready(f);
    if (p->status != SL_OK)
        return STOP;
    f->item_row = f->b->nrec;
    s.out = f->b->cur;
    s = f->nkeys ? sl_json_records_walk(f, s, p->base, &p->status) : sl_json_walk_record(&f->w, s);
    early = sl_json_ends_early(&f->w, s, p->is_whole);
    if (SL_LIKELY(s.idx && !early)) {
        p->idx = s.idx;
        if (!f->nkeys)
            sl_json_feed_row(f, s.out, start);
        item_done(f, start, item_end(f, p->base + s.idx[-1]));
        return DONE;
    }
    sl_json_feed_undo(f, f->item_row);
    if (p->status != SL_OK || (!s.idx && f->w.fault == SL_JSON_NOMEM)) {
        p->status = p->status != SL_OK ? p->status : SL_E_NOMEM;
        return STOP;
    }
    if (early && !p->is_whole)
        return SHORT;
    got = bad(f, start, early ? SL_JSON_SYNTAX : f->w.fault,
              early ? p->end : p->base + f->w.fault_at);
    reposition(f, p);
    return got;
}

/* The token C at place AT of a top-level array, or the [ that begins one. Gives 0 when it begins a
 * record, 1 when it was a separator and is done, 2 when it was a wrong one. */
static int separator(sl_json_feed *f, uint8_t c, uint64_t at)
{
    uint8_t where = f->state.at;

    if (where == SL_JSON_AT_DOCUMENT) {
        if (c != '[' || f->nkeys)
            return 0;
        f->state.at = SL_JSON_AT_FIRST;
    } else if (c == ']') {
        f->state.at = SL_JSON_AT_DOCUMENT;
        f->documents_seen++;
        if (where == SL_JSON_AT_VALUE)
            return 2;
    } else if (c == ',') {
        if (where == SL_JSON_AT_VALUE || where == SL_JSON_AT_FIRST)
            return 2;
        if (where == SL_JSON_AT_COMMA)
            f->state.at = SL_JSON_AT_VALUE;
    } else {
        return where == SL_JSON_AT_COMMA ? 2 : 0;
    }
    f->last_end = at + 1;
    return 1;
}

/* All items of P. */
static int items(sl_json_feed *f, piece *p)
{
    int got;

    f->w.buf = f->block + p->base;
    f->w.len = (uint32_t)(p->end - p->base);
    f->w.idx_end = p->places + p->n;
    while (p->idx < f->w.idx_end) {
        uint64_t at = p->base + *p->idx;
        uint8_t c = f->block[at];

        if (f->one && f->state.at == SL_JSON_AT_DOCUMENT && f->documents_seen)
            return bad(f, 0, SL_JSON_TRAILING, at);
        if (f->state.at != SL_JSON_AT_DOCUMENT || c == '[') {
            uint8_t was = f->state.at;
            uint64_t wrong = at + (c == ',' || c == ']');

            got = separator(f, c, at);
            p->idx += got == 1 || (got == 2 && wrong > at);
            if (got == 2) {
                (void)bad_separator(f, wrong);
                if (c == ']' && was == SL_JSON_AT_VALUE)
                    f->state.at = SL_JSON_AT_DOCUMENT;
                if (f->one)
                    return DONE;
            }
            if (got)
                continue;
        }
        got = item(f, p);
        if (got != DONE)
            return got;
        if (f->one ? is_overfull(f) : is_full(f)) {
            f->pos = f->last_end;
            p->status = sl_json_feed_flush(f, 0);
            if (p->status != SL_OK)
                return STOP;
        }
    }
    f->pos = f->pos > p->end ? f->pos : p->end;
    return DONE;
}

/* ---- pieces --------------------------------------------------------------------------------- */

/* Is C white space? */
static int is_white(uint8_t c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* Why the first stage refused the text from START to END, and where. */
static uint32_t refusal(const sl_json_feed *f, uint64_t start, uint64_t end, uint64_t *at)
{
    uint64_t good = sl_utf8_span(f->block + start, end - start);
    int in_string = 0;

    *at = start + good;
    if (good < end - start)
        return SL_JSON_UTF8;
    for (uint64_t i = start; i < end; i++) {
        uint8_t c = f->block[i];

        *at = i;
        if (in_string && c < 0x20)
            return SL_JSON_CONTROL;
        if (c == '\\')
            i++;
        else if (c == '"')
            in_string = !in_string;
    }
    *at = end;
    return SL_JSON_SYNTAX;
}

/* One document of a part that the first stage refused. */
static int slow_piece(sl_json_feed *f, piece *p)
{
    uint64_t start = f->pos;
    uint64_t at = start;
    uint32_t fault = SL_JSON_SYNTAX;
    int scan = SL_JSON_SCAN_WHOLE;
    int got;
    uint8_t c;

    while (start < f->len && is_white(f->block[start]))
        start++;
    f->pos = start;
    if (start == f->len)
        return DONE;
    c = f->block[start];
    p->base = start;
    p->end = start + 1;
    if (c != ',' && c != ']' && (c != '[' || f->state.at != SL_JSON_AT_DOCUMENT || f->nkeys))
        scan = sl_json_scan(f->block, start, f->len, f->w.max_depth, &p->end);
    if (scan == SL_JSON_SCAN_SHORT && !f->is_final)
        return SHORT;
    if (scan == SL_JSON_SCAN_BAD)
        return bad(f, start, SL_JSON_CONTROL, p->end);
    if (scan == SL_JSON_SCAN_DEEP)
        return bad(f, start, SL_JSON_DEPTH, p->end);
    got = sl_json_index_run(f->index, f->block + start, p->end - start, &p->places, &p->n);
    p->status = SL_E_NOMEM;
    if (got == SL_JSON_INDEX_NOMEM)
        return STOP;
    if (got != SL_JSON_INDEX_OK) {
        fault = refusal(f, start, p->end, &at);
        return bad(f, start, fault, at);
    }
    p->idx = p->places;
    p->is_whole = 1;
    return items(f, p);
}

/* Choose the end of the piece that begins at f->pos: a line end, or the end of the block. */
static void choose(const sl_json_feed *f, piece *p)
{
    uint64_t left = f->len - f->pos;
    uint64_t want = f->one ? left : f->want;
    const uint8_t *line = NULL;

    p->base = f->pos;
    p->is_far = want >= left;
    if (p->is_far && f->is_final) {
        p->end = f->len;
    } else {
        line = memrchr(f->block + f->pos, '\n', want < left ? want : left);
        while (!line && !p->is_far) {
            want *= 2;
            p->is_far = want >= left;
            line = memrchr(f->block + f->pos, '\n', p->is_far ? left : want);
        }
        p->end = line ? (uint64_t)(line - f->block) + 1 : f->len;
    }
    p->is_whole = f->is_final && p->end == f->len;
}

/* The next piece of the block. */
static int next_piece(sl_json_feed *f, piece *p)
{
    uint64_t at;
    uint32_t fault;
    int got;

    if (f->pos < f->slow_end)
        return slow_piece(f, p);
    choose(f, p);
    got = sl_json_index_run(f->index, f->block + p->base, p->end - p->base, &p->places, &p->n);
    if (got == SL_JSON_INDEX_OPEN && p->end == f->len && !f->is_final) {
        p->end = sl_json_last_quote(f->block, p->base, p->end);
        if (p->end == p->base)
            return SHORT;
        got = sl_json_index_run(f->index, f->block + p->base, p->end - p->base, &p->places, &p->n);
    }
    p->status = SL_E_NOMEM;
    if (got == SL_JSON_INDEX_NOMEM)
        return STOP;
    if (got == SL_JSON_INDEX_EMPTY) {
        f->pos = p->end;
        return DONE;
    }
    if (got != SL_JSON_INDEX_OK && f->one) {
        fault = refusal(f, 0, f->len, &at);
        return bad(f, 0, fault, at);
    }
    if (got != SL_JSON_INDEX_OK) {
        f->slow_end = p->end;
        return DONE;
    }
    p->idx = p->places;
    return items(f, p);
}

/* The document at f->pos does not end in this block. Gives whether it was too big and was rejected,
 * so that the block can go on. */
static int too_big(sl_json_feed *f)
{
    uint64_t to = f->len;

    if (f->len - f->pos <= f->max_record)
        return 0;
    f->state.skip = !sl_json_resume(f->block, f->pos, f->pos + f->max_record, f->len, &to);
    sl_json_feed_reject(f, f->pos, to, SL_JSON_SIZE, f->pos);
    f->pos = f->last_end = to;
    if (f->state.at != SL_JSON_AT_DOCUMENT)
        f->state.at = SL_JSON_AT_ANY;
    return 1;
}

/* What must hold when nothing follows. */
static void at_end(sl_json_feed *f)
{
    uint8_t at = f->state.at;

    if (f->pos < f->len) { /* never left out in silence */
        sl_json_feed_reject(f, f->pos, f->len, SL_JSON_SYNTAX, f->len);
        f->pos = f->last_end = f->len;
    }
    if (f->one && (at != SL_JSON_AT_DOCUMENT || !f->documents_seen)) {
        (void)bad(f, 0, at == SL_JSON_AT_DOCUMENT ? SL_JSON_EMPTY : SL_JSON_SYNTAX, f->len);
        return;
    }
    if (at != SL_JSON_AT_DOCUMENT && at != SL_JSON_AT_ANY)
        sl_json_feed_reject(f, f->last_end, f->len, SL_JSON_SYNTAX, f->len);
    f->state.at = SL_JSON_AT_DOCUMENT;
}

void sl_json_feed_begin(sl_json_feed *f, sl_batch *batch, uint32_t row, const uint8_t *block,
                        uint64_t len, uint64_t before, int is_final, int whole)
{
    f->batch = batch;
    f->row = row;
    f->block = block;
    f->len = len;
    f->before = before;
    f->pos = 0;
    f->last_end = 0;
    f->slow_end = 0;
    f->want = PIECE;
    f->is_final = (uint32_t)is_final;
    f->one = (uint32_t)(whole && f->documents != SL_JSON_DOCUMENTS_MANY);
    f->documents_seen = 0;
    f->first_row = f->b ? f->b->nrec : 0;
}

/* What stands at the start of a block before its documents: a byte order mark, and the rest of a
 * record that was too big. */
static int leave_out(sl_json_feed *f)
{
    const uint8_t *line;
    uint64_t to;

    if (!f->state.begun) {
        if (f->len < 3 && !f->is_final)
            return SHORT;
        f->state.begun = 1;
        if (f->len >= 3 && !memcmp(f->block, "\xef\xbb\xbf", 3))
            f->pos = f->last_end = 3;
    }
    if (f->state.skip && f->len > f->pos) {
        line = memchr(f->block + f->pos, '\n', f->len - f->pos);
        to = line ? (uint64_t)(line - f->block) + 1 : f->len;
        sl_json_feed_reject(f, f->pos, to, SL_JSON_SIZE, f->pos);
        f->state.skip = line == NULL;
        f->pos = f->last_end = to;
    }
    return DONE;
}

sl_status sl_json_feed_run(sl_json_feed *f)
{
    uint64_t from;
    piece p = {0};
    int got = f->pos == 0 ? leave_out(f) : DONE;

    while (got == DONE && f->pos < f->len) {
        from = f->pos;
        got = next_piece(f, &p);
        if (got == STOP)
            return p.status;
        if (got == SHORT && !p.is_far && f->pos >= f->slow_end) {
            f->want = f->pos == from ? 2 * f->want : f->want;
            got = DONE;
        }
        if (got == SHORT && too_big(f))
            got = DONE;
    }
    if (f->is_final)
        at_end(f);
    return f->one && is_full(f) ? sl_json_feed_flush(f, 0) : SL_OK;
}
