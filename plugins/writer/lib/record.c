/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/writer/lib/record.c - file records: docs/file-record.md tells what each member means.
 *
 * What a file knows of itself is kept encoded (values of the partition, columns, schema), so a
 * record is mostly copied bytes. Offsets of splits are gathered batch by batch: the least and the
 * greatest, compared as bytes.
 */
#include "files_priv.h"

#include <stdio.h>

#define BATCH_BYTES   (512u << 10) /* body at which a batch of records is closed */
#define BATCH_RECORDS 4096u

enum {
    M_TABLE,
    M_FILE,
    M_URL,
    M_FORMAT,
    M_ROWS,
    M_BYTES,
    M_PARTITION,
    M_PARTITION_FIELDS,
    M_COLUMNS,
    M_SCHEMA,
    M_GRAPH,
    M_NODE,
    M_LANE,
    M_EPOCH,
    M_CHECKPOINT,
    M_SPLITS,
    M_COUNT,
};

static const char *const member_names[M_COUNT] = {
    "table",   "file",   "url",   "format", "rows", "bytes", "partition",  "partition_fields",
    "columns", "schema", "graph", "node",   "lane", "epoch", "checkpoint", "splits",
};

struct record_keys {
    const sl_key *key[M_COUNT];
};

int sl_record_declare(sl_files *w)
{
    w->keys = w->host->alloc(w->node, sizeof *w->keys);
    if (!w->keys)
        return 0;
    for (uint32_t i = 0; i < M_COUNT; i++) {
        w->keys->key[i] = w->rows->key(w->node, 0, member_names[i]);
        if (!w->keys->key[i])
            return 0;
    }
    return 1;
}

void sl_record_free(sl_files *w)
{
    w->host->release(w->keys);
}

/* ---- offsets --------------------------------------------------------------------------------- */

static int offset_order(const uint8_t *a, uint64_t an, const uint8_t *b, uint64_t bn)
{
    int order = memcmp(a, b, an < bn ? an : bn);

    if (order || an == bn)
        return order;
    return an < bn ? -1 : 1;
}

/* Room for offsets of N bytes in R. */
static int range_room(sl_files *w, split_range *r, uint64_t n)
{
    uint32_t room = r->room ? r->room : 16;
    uint8_t *data;

    if (n <= r->room)
        return 1;
    if (n > UINT32_MAX / 4)
        return 0;
    while (room < n)
        room *= 2;
    data = w->host->alloc(w->node, 2u * (uint64_t)room);
    if (!data)
        return 0;
    if (r->data) {
        memcpy(data, r->data, r->first_len);
        memcpy(data + room, r->data + r->room, r->last_len);
    }
    w->host->release(r->data);
    r->data = data;
    r->room = room;
    return 1;
}

/* The range of SPLIT in F: found, or a new one whose room is 0. NULL when memory is short. */
static split_range *range_get(sl_files *w, one_file *f, uint32_t split)
{
    uint32_t at = f->nsplits;

    while (at && f->split[at - 1].split > split)
        at--;
    if (at && f->split[at - 1].split == split)
        return &f->split[at - 1];
    if (!sl_files_grow(w, &f->split, &f->split_room, f->nsplits + 1, sizeof *f->split))
        return NULL;
    memmove(&f->split[at + 1], &f->split[at], (f->nsplits - at) * sizeof *f->split);
    f->split[at] = (split_range){.split = split};
    f->nsplits++;
    return &f->split[at];
}

sl_status sl_record_range(sl_files *w, one_file *f, const sl_batch *batch)
{
    uint64_t longest = batch->first.len > batch->last.len ? batch->first.len : batch->last.len;
    split_range *r;
    int is_new;

    if (!batch->split || !longest)
        return SL_OK;
    r = range_get(w, f, batch->split);
    if (!r)
        return SL_E_NOMEM;
    is_new = !r->room;
    if (!range_room(w, r, longest))
        return SL_E_NOMEM;
    if (is_new || offset_order(batch->first.ptr, batch->first.len, r->data, r->first_len) < 0) {
        memcpy(r->data, batch->first.ptr, batch->first.len);
        r->first_len = (uint32_t)batch->first.len;
    }
    if (is_new ||
        offset_order(batch->last.ptr, batch->last.len, r->data + r->room, r->last_len) > 0) {
        memcpy(r->data + r->room, batch->last.ptr, batch->last.len);
        r->last_len = (uint32_t)batch->last.len;
    }
    return SL_OK;
}

static uint64_t put_hex(char *out, const uint8_t *data, uint32_t len)
{
    static const char digits[] = "0123456789abcdef";

    for (uint32_t i = 0; i < len; i++) {
        out[2 * i] = digits[data[i] >> 4];
        out[2 * i + 1] = digits[data[i] & 15];
    }
    return 2 * (uint64_t)len;
}

char *sl_record_splits(sl_files *w, const one_file *f)
{
    uint64_t need = 3;
    uint64_t n = 0;
    char *text;

    for (uint32_t i = 0; i < f->nsplits; i++)
        need += 24 + 2 * ((uint64_t)f->split[i].first_len + f->split[i].last_len);
    text = w->host->alloc(w->node, need);
    if (!text)
        return NULL;
    text[n++] = '{';
    for (uint32_t i = 0; i < f->nsplits; i++) {
        const split_range *r = &f->split[i];

        n += (uint64_t)snprintf(text + n, 18, "%s\"%u\":[\"", i ? "," : "", r->split);
        n += put_hex(text + n, r->data, r->first_len);
        memcpy(text + n, "\",\"", 3);
        n += 3 + put_hex(text + n + 3, r->data + r->room, r->last_len);
        memcpy(text + n, "\"]", 2);
        n += 2;
    }
    text[n++] = '}';
    text[n] = 0;
    return text;
}

/* ---- records --------------------------------------------------------------------------------- */

static void put_text(sl_writer *wr, const sl_key *k, const char *text)
{
    sl_row_put_str(wr, k, text, strlen(text));
}

/* An array of N items that are encoded in BUF already. */
static void put_array(sl_writer *wr, const sl_key *k, uint32_t n, const sl_files_buf *buf)
{
    uint8_t *p = sl_row_key(wr, k, 5 + buf->len);

    if (!p)
        return;
    p[0] = 0xdd;
    sl_set32(p + 1, n);
    if (buf->len)
        memcpy(p + 5, buf->data, buf->len);
    wr->b->cur = p + 5 + buf->len;
}

static void put_fields(sl_files *w, sl_writer *wr)
{
    sl_row_array(wr, w->keys->key[M_PARTITION_FIELDS]);
    for (uint32_t i = 0; i < w->exprs->count; i++) {
        sl_row_map(wr, NULL);
        sl_row_text_key(wr, "name", 4);
        sl_row_put_str(wr, NULL, w->exprs->expr[i].name, w->exprs->expr[i].name_len);
        sl_row_text_key(wr, "expr", 4);
        put_text(wr, NULL, w->exprs->expr[i].text);
        sl_row_close(wr);
    }
    sl_row_close(wr);
}

static void put_splits(sl_files *w, sl_writer *wr, const one_file *f)
{
    sl_row_map(wr, w->keys->key[M_SPLITS]);
    for (uint32_t i = 0; i < f->nsplits; i++) {
        const split_range *r = &f->split[i];
        char name[16];
        int len = snprintf(name, sizeof name, "%u", r->split);

        sl_row_text_key(wr, name, (uint64_t)len);
        sl_row_array(wr, NULL);
        sl_row_put_bin(wr, NULL, r->data, r->first_len);
        sl_row_put_bin(wr, NULL, r->data + r->room, r->last_len);
        sl_row_close(wr);
    }
    sl_row_close(wr);
}

static void put_url(sl_files *w, sl_writer *wr, const char *file)
{
    uint64_t url_len = strlen(w->url);
    uint64_t file_len = strlen(file);
    uint64_t len = url_len + 1 + file_len;
    uint8_t *p = sl_row_key(wr, w->keys->key[M_URL], 5 + len);

    if (!p)
        return;
    p = sl_enc_str_head(p, len);
    memcpy(p, w->url, url_len);
    p[url_len] = '/';
    memcpy(p + url_len + 1, file, file_len);
    wr->b->cur = p + len;
}

static sl_status put_record(sl_files *w, sl_writer *wr, const one_file *f, uint64_t checkpoint)
{
    const sl_key *const *key = w->keys->key;
    const char *graph = "";
    const char *node = "";
    uint64_t epoch = w->host->identity(w->node, &graph, &node);

    if (!sl_row_begin(wr))
        return wr->status;
    put_text(wr, key[M_TABLE], w->url);
    put_text(wr, key[M_FILE], f->out->key);
    put_url(w, wr, f->out->key);
    put_text(wr, key[M_FORMAT], w->format->name);
    sl_row_put_u64(wr, key[M_ROWS], f->rows);
    sl_row_put_u64(wr, key[M_BYTES], f->out->bytes);
    sl_row_put_span(wr, key[M_PARTITION], f->values, f->values_len);
    put_fields(w, wr);
    put_array(wr, key[M_COLUMNS], f->info.columns.count, &f->info.columns);
    if (f->info.schema.len)
        sl_row_put_span(wr, key[M_SCHEMA], f->info.schema.data, f->info.schema.len);
    else
        put_array(wr, key[M_SCHEMA], 0, &f->info.schema);
    put_text(wr, key[M_GRAPH], graph);
    put_text(wr, key[M_NODE], node);
    sl_row_put_u64(wr, key[M_LANE], FILES_LANE);
    sl_row_put_u64(wr, key[M_EPOCH], epoch);
    sl_row_put_u64(wr, key[M_CHECKPOINT], checkpoint);
    put_splits(w, wr, f);
    return sl_row_end(wr, 0);
}

/* Put records from F on into one batch and emit it. NEXT: the first file that did not go in. */
static sl_status emit_some(sl_files *w, one_file *f, uint64_t checkpoint, one_file **next)
{
    sl_builder *b = w->rows->build(w->node, 0, NULL);
    sl_status rc = SL_OK;
    one_file *end = f;
    sl_writer wr;
    sl_batch *batch;

    if (!b)
        return SL_E_NOMEM;
    sl_writer_init(&wr, w->rows, b);
    while (end && b->nrec < BATCH_RECORDS && b->cur - b->body < (int64_t)BATCH_BYTES &&
           rc == SL_OK) {
        rc = put_record(w, &wr, end, checkpoint);
        end = end->next;
    }
    if (rc != SL_OK) {
        w->rows->discard(b);
        return rc;
    }
    batch = w->rows->finish(b);
    if (!batch)
        return SL_E_NOMEM;
    rc = w->host->emit(w->node, 0, batch);
    if (rc < 0)
        return rc;
    for (; f != end; f = f->next)
        f->is_emitted = 1;
    *next = end;
    return SL_OK;
}

sl_status sl_record_emit(sl_files *w, uint64_t checkpoint)
{
    one_file *f = w->made_first;
    sl_status rc = SL_OK;

    while (f && f->is_emitted)
        f = f->next;
    while (f && rc == SL_OK)
        rc = emit_some(w, f, checkpoint, &f);
    return rc;
}
