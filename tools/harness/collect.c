/* SPDX-License-Identifier: Apache-2.0
 *
 * tools/harness/collect.c - the sink that keeps what a class under test emits.
 *
 * With credit, batches are kept and the call ends at once. Without, the batch is kept as well, but
 * its call waits, so that the edge stays full and the class feels it.
 */
#include "tools/harness/harness_priv.h"

#include <string.h>

struct sl_instance {
    slc_port *port;
};

static sl_status collect_create(const sl_host *host, sl_node *node, const sl_config *cfg,
                                sl_instance **out)
{
    sl_instance *self = sl_mem_zalloc(node->run->parent, 1, sizeof *self);

    (void)host;
    if (!self)
        return SL_E_NOMEM;
    self->port = (slc_port *)(uintptr_t)cfg;
    self->port->waits = 0;
    *out = self;
    return SL_OK;
}

static void collect_destroy(sl_instance *self)
{
    sl_mem_free(self);
}

static sl_status keep(slc_port *port, sl_batch *batch)
{
    if (port->count == port->cap) {
        uint32_t cap = port->cap ? port->cap * 2 : 64;
        sl_batch **more = sl_mem_resize(port->h->mem, port->batch, cap * sizeof(sl_batch *));
        if (!more)
            return SL_E_NOMEM;
        port->batch = more;
        port->cap = cap;
    }
    port->batch[port->count++] = sl_batch_ref(batch);
    return SL_OK;
}

/* A copy of BATCH whose memory is the harness's: what is collected must not use up credit. */
static sl_batch *copy_of(slc_port *port, sl_batch *batch)
{
    sl_pool *pool = sl_pool_new(port->h->mem, UINT64_MAX);
    sl_builder *b = pool ? sl_builder_new(pool, NULL, batch) : NULL;
    sl_batch *copy = NULL;

    if (b && sl_builder_copy(b, NULL, 0) == SL_OK) {
        b->flags = batch->flags;
        copy = sl_builder_finish(b);
    } else if (b) {
        sl_builder_discard(b);
    }
    sl_pool_unref(pool);
    return copy;
}

static sl_status collect_write(sl_instance *self, sl_call *call, uint32_t in, sl_batch *batch)
{
    slc_port *port = self->port;
    sl_batch *copy = copy_of(port, batch);
    sl_status status = copy ? keep(port, copy) : SL_E_NOMEM;

    (void)in;
    sl_batch_unref(copy);
    if (status != SL_OK)
        return status;
    if (!port->credit) {
        port->waiting[port->waits++] = call;
        return SL_WAIT;
    }
    if (port->credit != UINT64_MAX)
        port->credit--;
    return SL_OK;
}

static const sl_sink_ops collect_ops = {.size = sizeof(sl_sink_ops), .write = collect_write};

const sl_class slc_collect_class = {
    .size = sizeof(sl_class),
    .kind = SL_CLASS_SINK,
    .id = "collect",
    .brief = "Keeps what a class under test emits",
    .ops = &collect_ops,
    .create = collect_create,
    .destroy = collect_destroy,
};

/* ---- taking it out ------------------------------------------------------------------------- */

static slc_port *port_at(slc *h, uint32_t port)
{
    return port < h->outs ? &h->out[port] : NULL;
}

static void port_clear(slc_port *port)
{
    for (uint32_t i = 0; i < port->count; i++)
        sl_batch_unref(port->batch[i]);
    port->count = 0;
}

void slc_port_fini(slc_port *port)
{
    port_clear(port);
    sl_mem_free(port->batch);
    port->batch = NULL;
    port->cap = 0;
}

void slc_credit(slc *h, uint32_t port, uint64_t n)
{
    slc_port *p = port_at(h, port);

    if (!p)
        return;
    p->credit = n;
    while (p->waits && p->credit) {
        sl_call_finish(p->waiting[0], SL_OK);
        p->waits--;
        memmove(p->waiting, p->waiting + 1, p->waits * sizeof(sl_call *));
        if (p->credit != UINT64_MAX)
            p->credit--;
    }
    slc_pump(h);
}

static const char *give_text(slc *h)
{
    const char *text = sl_rowtext_end(&h->text);

    return text ? text : "";
}

const char *slc_pull_json(slc *h, uint32_t port)
{
    slc_port *p = port_at(h, port);
    const char *comma = "";

    h->text.len = 0;
    sl_rowtext_lit(&h->text, "[");
    for (uint32_t i = 0; p && i < p->count; i++) {
        SL_EACH (row, p->batch[i]) {
            sl_val v;
            sl_batch_row(p->batch[i], row, &v);
            sl_rowtext_lit(&h->text, comma);
            sl_rowtext_val(&h->text, &v, 64);
            comma = ",";
        }
    }
    sl_rowtext_lit(&h->text, "]");
    if (p)
        port_clear(p);
    return give_text(h);
}

static int payload_of(const sl_batch *batch, uint32_t row, sl_val *out)
{
    sl_val record;

    sl_batch_row(batch, row, &record);
    return sl_val_find(&record, "payload", 7, out) &&
           (out->type == SL_V_BIN || out->type == SL_V_STR);
}

const uint8_t *slc_pull_payload(slc *h, uint32_t port, uint64_t *len)
{
    slc_port *p = port_at(h, port);
    sl_val v;

    h->text.len = 0;
    for (uint32_t i = 0; p && i < p->count; i++) {
        SL_EACH (row, p->batch[i]) {
            if (payload_of(p->batch[i], row, &v))
                sl_rowtext_raw(&h->text, v.ptr, v.n);
        }
    }
    if (p)
        port_clear(p);
    *len = h->text.len;
    return (const uint8_t *)give_text(h);
}

const sl_batch *slc_batch(slc *h, uint32_t port, uint32_t n)
{
    slc_port *p = port_at(h, port);

    return p && n < p->count ? p->batch[n] : NULL;
}

uint64_t slc_rows(slc *h, uint32_t port)
{
    slc_port *p = port_at(h, port);
    uint64_t rows = 0;

    for (uint32_t i = 0; p && i < p->count; i++)
        rows += p->batch[i]->nsel;
    return rows;
}

void slc_drop(slc *h, uint32_t port)
{
    slc_port *p = port_at(h, port);

    if (p)
        port_clear(p);
}

/* One rejected record, without its time. */
static void put_reject(sl_rowtext *out, const sl_val *record)
{
    const char *comma = "";
    sl_cur cur;
    sl_val key;
    sl_val val;

    sl_rowtext_lit(out, "{");
    sl_cur_enter(&cur, record);
    while (sl_cur_next(&cur, &key, &val)) {
        if (key.n == 4 && !memcmp(key.ptr, "time", 4))
            continue;
        sl_rowtext_lit(out, comma);
        sl_rowtext_str(out, key.ptr, key.n);
        sl_rowtext_lit(out, ":");
        sl_rowtext_val(out, &val, 64);
        comma = ",";
    }
    sl_rowtext_lit(out, "}");
}

const char *slc_rejects(slc *h)
{
    const char *comma = "";

    h->text.len = 0;
    sl_rowtext_lit(&h->text, "[");
    for (uint32_t i = 0; i < h->errors.count; i++) {
        SL_EACH (row, h->errors.batch[i]) {
            sl_val v;
            sl_batch_row(h->errors.batch[i], row, &v);
            sl_rowtext_lit(&h->text, comma);
            put_reject(&h->text, &v);
            comma = ",";
        }
    }
    sl_rowtext_lit(&h->text, "]");
    port_clear(&h->errors);
    return give_text(h);
}

const uint8_t *slc_reject_payload(slc *h, uint32_t n, uint64_t *len)
{
    sl_val v;

    for (uint32_t i = 0; i < h->errors.count; i++) {
        const sl_batch *batch = h->errors.batch[i];
        if (n >= batch->nsel) {
            n -= batch->nsel;
            continue;
        }
        SL_EACH (row, batch) {
            if (n-- || !payload_of(batch, row, &v))
                continue;
            *len = v.n;
            return v.ptr;
        }
        return NULL;
    }
    return NULL;
}
