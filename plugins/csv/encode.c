/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/csv/encode.c - the encoder `encode: csv`: records to raw records with rows of text.
 *
 * A payload holds as many rows as fit into 64 KiB; the first one of all begins with the header.
 * Because there is one header, there is one instance, whatever the number of lanes. Its columns
 * are its state: after a restart the rows go on below the header that is there already.
 */
#include "plugins/csv/decode.h"
#include "plugins/csv/sheet.h"

#include <stdio.h>

#define PAYLOAD_AIM 61440u
#define BATCH_AIM   131072u

static const sl_setting settings[] = {SL_CSV_SHEET_SETTINGS, SL_SETTINGS_END};

typedef struct encoder {
    const sl_host *host;
    sl_node *node;
    const sl_key *payload;
    sl_csv_sheet sheet;
    sl_json_text text;
    uint32_t has_begun; /* the header was written */
    uint32_t done;      /* rows of a batch that was not done in one call */
} encoder;

/* The instance of this class; the decoder's has another layout. */
static encoder *of(sl_instance *self)
{
    return (encoder *)(void *)self;
}

static void destroy(sl_instance *self)
{
    encoder *e = of(self);

    sl_csv_sheet_fini(&e->sheet);
    sl_json_text_fini(&e->text);
    e->host->release(e);
}

static sl_status create(const sl_host *host, sl_node *node, const sl_config *cfg, sl_instance **out)
{
    encoder *e = host->alloc(node, sizeof *e);
    sl_status rc;

    if (!e)
        return SL_E_NOMEM;
    memset(e, 0, sizeof *e);
    e->host = host;
    e->node = node;
    sl_json_text_init(&e->text, host, node);
    e->payload = host->rows->key(node, 0, "payload");
    rc = e->payload ? sl_csv_sheet_init(&e->sheet, host, node, cfg) : SL_E_NOMEM;
    if (rc != SL_OK) {
        destroy((sl_instance *)(void *)e);
        return rc;
    }
    *out = (sl_instance *)(void *)e;
    return SL_OK;
}

/* One batch in the making. */
typedef struct output {
    sl_writer w;
    uint32_t next;  /* row of the input that follows */
    uint32_t first; /* record that the text begins with */
    uint32_t begun; /* as encoder.has_begun, once this batch is out */
    uint32_t bads;
    uint16_t bad[64];
} output;

/* Print the record ROW into the text; a record with a strange key goes on the list. */
static sl_status print(encoder *e, output *o, const sl_batch *batch, uint32_t row)
{
    sl_status rc = sl_csv_sheet_learn(&e->sheet, batch, row);

    if (rc == SL_OK && !o->begun && e->sheet.columns) {
        if (e->sheet.has_header)
            rc = sl_csv_sheet_header(&e->sheet, &e->text);
        o->begun = rc == SL_OK;
    }
    if (rc == SL_OK)
        rc = sl_csv_sheet_row(&e->sheet, batch, row, &e->text);
    if (rc == SL_E_DATA) {
        o->bad[o->bads++] = (uint16_t)row;
        rc = SL_OK;
    }
    return rc;
}

/* The text becomes a row. */
static sl_status put_payload(encoder *e, output *o)
{
    sl_status rc;

    if (!e->text.len)
        return SL_OK;
    if (sl_row_begin(&o->w))
        sl_row_put_bin(&o->w, e->payload, e->text.ptr, e->text.len);
    rc = sl_row_end(&o->w, o->first);
    e->text.len = 0;
    return rc;
}

/* Fill the batch with the records from o->next on. */
static sl_status fill(encoder *e, output *o, const sl_batch *batch)
{
    sl_status rc = SL_OK;

    while (rc == SL_OK && o->next < batch->nsel && o->bads < 64 &&
           (uint64_t)(o->w.b->cur - o->w.b->body) < BATCH_AIM) {
        uint32_t row = batch->sel ? batch->sel[o->next] : o->next;

        if (!e->text.len)
            o->first = row;
        rc = print(e, o, batch, row);
        o->next += rc == SL_OK;
        if (rc == SL_OK && e->text.len >= PAYLOAD_AIM)
            rc = put_payload(e, o);
    }
    return rc == SL_OK ? put_payload(e, o) : rc;
}

static void reject(encoder *e, const output *o, sl_batch *batch)
{
    for (uint32_t i = 0; i < o->bads; i++) {
        const sl_bytes *key = &e->sheet.stranger;
        char why[320];

        /* Printing it again tells the key. */
        (void)sl_csv_sheet_row(&e->sheet, batch, o->bad[i], &e->text);
        (void)snprintf(why, sizeof why,
                       "the field %.*s has no column: the first record had none; name all fields "
                       "in columns",
                       key->len < 200 ? (int)key->len : 200, (const char *)key->ptr);
        e->host->reject(e->node, batch, &o->bad[i], 1, "csv.column", why);
    }
}

/* Make and pass on one batch. */
static sl_status pass(encoder *e, sl_batch *batch)
{
    const sl_rows *rows = e->host->rows;
    sl_builder *b = rows->build(e->node, 0, batch);
    output o = {.next = e->done, .begun = e->has_begun};
    sl_status rc;
    sl_batch *out;

    if (!b)
        return SL_E_NOMEM;
    sl_writer_init(&o.w, rows, b);
    e->text.len = 0;
    rc = fill(e, &o, batch);
    if (rc != SL_OK || !b->nrec) {
        rows->discard(b);
        if (rc != SL_OK)
            return rc;
    } else {
        out = rows->finish(b);
        if (!out)
            return SL_E_NOMEM;
        rc = e->host->emit(e->node, 0, out);
    }
    e->has_begun = o.begun;
    reject(e, &o, batch);
    e->host->count(e->node, o.next - e->done - o.bads, 0);
    e->done = o.next;
    return rc < 0 ? rc : SL_OK;
}

static sl_status process(sl_instance *self, sl_call *call, uint32_t port, sl_batch *batch)
{
    encoder *e = of(self);
    uint32_t start = e->done;
    sl_status rc = SL_OK;

    (void)call;
    (void)port;
    while (rc == SL_OK && e->done < batch->nsel)
        rc = pass(e, batch);
    if (rc == SL_E_NOMEM)
        return e->done > start ? SL_AGAIN : rc;
    e->done = 0;
    return rc;
}

/* ---- state: one byte, has the header been written; then for each column u32 length, name ---- */

static sl_status snapshot(sl_instance *self, uint64_t checkpoint, void **state, uint64_t *len)
{
    const encoder *e = of(self);
    uint64_t n = 1;
    uint8_t *to;

    (void)checkpoint;
    for (uint32_t i = 0; i < e->sheet.columns; i++)
        n += 4 + e->sheet.name[i].len;
    to = e->host->alloc(e->node, n);
    if (!to)
        return SL_E_NOMEM;
    *state = to;
    *len = n;
    *to++ = (uint8_t)e->has_begun;
    for (uint32_t i = 0; i < e->sheet.columns; i++) {
        sl_set32(to, (uint32_t)e->sheet.name[i].len);
        memcpy(to + 4, e->sheet.name[i].ptr, e->sheet.name[i].len);
        to += 4 + e->sheet.name[i].len;
    }
    return SL_OK;
}

/* Cut the state into names. Gives their number, UINT32_MAX when it is malformed. */
static uint32_t cut(const uint8_t *p, uint64_t len, sl_bytes *name)
{
    uint32_t n = 0;

    for (uint64_t at = 0; at < len;) {
        uint32_t one;

        if (len - at < 4)
            return UINT32_MAX;
        one = sl_get32(p + at);
        at += 4;
        if (one > len - at)
            return UINT32_MAX;
        if (name)
            name[n] = (sl_bytes){p + at, one};
        at += one;
        n++;
    }
    return n;
}

static sl_status restore(sl_instance *self, const void *state, uint64_t len)
{
    encoder *e = of(self);
    const uint8_t *p = state;
    sl_bytes *name;
    sl_status rc;
    uint32_t n;

    if (!len)
        return SL_E_DATA;
    n = cut(p + 1, len - 1, NULL);
    if (n == UINT32_MAX)
        return SL_E_DATA;
    e->has_begun = p[0];
    if (!n || e->sheet.columns)
        return SL_OK;
    name = e->host->alloc(e->node, n * sizeof *name);
    if (!name)
        return SL_E_NOMEM;
    (void)cut(p + 1, len - 1, name);
    rc = sl_csv_sheet_set(&e->sheet, name, n);
    e->host->release(name);
    return rc;
}

static const sl_transform_ops ops = {
    .size = sizeof ops,
    .process = process,
};

const sl_class sl_csv_encoder = {
    .size = sizeof sl_csv_encoder,
    .flags = SL_P_ORDERED,
    .kind = SL_CLASS_ENCODER,
    .id = "csv",
    .brief = "Writes records as comma separated text",
    .details = "Nested values are written as JSON, times as ISO 8601, bytes as base64.",
    .settings = settings,
    .ops = &ops,
    .create = create,
    .destroy = destroy,
    .snapshot = snapshot,
    .restore = restore,
};
