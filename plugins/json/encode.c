/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/json/encode.c - the encoder `encode: json`: records to raw records with JSON text.
 *
 * One raw record for each record, or, with "framing: lines", one for as many lines as fit into
 * 64 KiB. Rows keep what they descend from, so offsets and times stay with them; a payload of many
 * lines descends from the first of its records.
 */
#include "plugins/json/json.h"
#include "plugins/json/lib/print.h"

#define LINES_MOST 65536u  /* bytes of lines in one payload */
#define BATCH_AIM  131072u /* bytes of body at which a batch goes out */
#define BATCH_ROWS 8192u

static const char *const framing_choice[] = {"record", "lines", NULL};

static const sl_setting settings[] = {
    {
        .size = sizeof(sl_setting),
        .type = SL_T_CHOICE,
        .name = "framing",
        .fallback = "record",
        .choice = framing_choice,
        .brief = "what a payload holds",
        .details = "`record`: one record, without a line end. `lines`: as many records as fit into "
                   "64 KiB, each on a line of its own.",
    },
    SL_SETTINGS_END,
};

struct sl_instance {
    const sl_host *host;
    sl_node *node;
    const sl_key *payload;
    uint32_t lines;
    sl_json_text text;
    const sl_batch *resumed; /* the batch that answered SL_AGAIN */
    uint32_t next;           /* that many of its records have gone out */
};

static void json_destroy(sl_instance *self)
{
    if (!self)
        return;
    sl_json_text_fini(&self->text);
    self->host->release(self);
}

static sl_status json_create(const sl_host *host, sl_node *node, const sl_config *cfg,
                             sl_instance **out)
{
    sl_instance *self = host->alloc(node, sizeof *self);

    if (!self)
        return SL_E_NOMEM;
    memset(self, 0, sizeof *self);
    self->host = host;
    self->node = node;
    self->lines = !strcmp(host->get_text(cfg, "framing"), "lines");
    self->payload = host->rows->key(node, 0, "payload");
    sl_json_text_init(&self->text, host, node);
    if (!self->payload) {
        json_destroy(self);
        return SL_E_NOMEM;
    }
    *out = self;
    return SL_OK;
}

/* A batch of raw records in the making. */
typedef struct output {
    sl_batch *like;
    sl_builder *b;
    sl_writer w;
    uint32_t first; /* record of LIKE that the text begins with */
    uint32_t done;  /* records whose text is in rows that went out or are in the builder */
    uint32_t held;  /* records whose text waits for its row */
} output;

/* End the batch and pass it on. */
static sl_status flush(sl_instance *self, output *o)
{
    sl_batch *batch;
    sl_status status;

    if (!o->b)
        return SL_OK;
    batch = self->host->rows->finish(o->b);
    o->b = NULL;
    if (!batch)
        return SL_E_NOMEM;
    status = self->host->emit(self->node, 0, batch);
    if (status >= 0)
        self->next = o->done;
    return status;
}

/* Make a row of the text. */
static sl_status put_row(sl_instance *self, output *o)
{
    sl_status status;

    if (!o->b) {
        o->b = self->host->rows->build(self->node, 0, o->like);
        if (!o->b)
            return self->next ? SL_AGAIN : SL_E_NOMEM;
        sl_writer_init(&o->w, self->host->rows, o->b);
    }
    if (sl_row_begin(&o->w))
        sl_row_put_bin(&o->w, self->payload, self->text.ptr, self->text.len);
    status = sl_row_end(&o->w, o->first);
    if (status != SL_OK)
        return status;
    self->text.len = 0;
    o->done += o->held;
    o->held = 0;
    if ((uint64_t)(o->b->cur - o->b->body) >= BATCH_AIM || o->b->nrec >= BATCH_ROWS)
        return flush(self, o);
    return SL_OK;
}

/* Print record ROW and make a row when the payload is full. */
static sl_status put_record(sl_instance *self, output *o, uint32_t row)
{
    sl_status status;

    if (!self->text.len)
        o->first = row;
    status = sl_json_print(&self->text, o->like->body + o->like->rec[row]);
    if (status == SL_OK && self->lines)
        status = sl_json_text_put(&self->text, "\n", 1);
    if (status != SL_OK)
        return status;
    o->held++;
    return !self->lines || self->text.len >= LINES_MOST - 4096 ? put_row(self, o) : SL_OK;
}

static sl_status json_process(sl_instance *self, sl_call *call, uint32_t port, sl_batch *batch)
{
    output o = {.like = batch};
    sl_status status = SL_OK;
    uint32_t skip;

    (void)call;
    (void)port;
    if (self->resumed != batch)
        self->next = 0;
    self->resumed = NULL;
    self->text.len = 0;
    o.done = skip = self->next;
    SL_EACH (row, batch) {
        if (row_i < skip)
            continue;
        status = put_record(self, &o, row);
        if (status != SL_OK)
            break;
    }
    if (status == SL_OK && self->text.len)
        status = put_row(self, &o);
    if (status == SL_OK)
        status = flush(self, &o);
    if (o.b)
        self->host->rows->discard(o.b);
    if (status == SL_AGAIN || (status == SL_E_NOMEM && self->next)) {
        self->resumed = batch;
        return SL_AGAIN;
    }
    if (status == SL_OK)
        self->host->count(self->node, batch->nsel, 0);
    return status;
}

static const sl_transform_ops ops = {
    .size = sizeof ops,
    .process = json_process,
};

const sl_class sl_json_encoder = {
    .size = sizeof sl_json_encoder,
    .flags = SL_P_PARALLEL | SL_P_PURE,
    .kind = SL_CLASS_ENCODER,
    .id = "json",
    .brief = "writes records as JSON text",
    .details = "What `decode: json` has read is written so that it reads back the same, digit for "
               "digit. Times become ISO 8601, bytes base64, NaN and infinities null.",
    .settings = settings,
    .ops = &ops,
    .create = json_create,
    .destroy = json_destroy,
};
