/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/local/catalog.c - the sink "local": file records in, versions of tables out.
 *
 * write only gathers: a line for each file, and the schema that unites them. All reading and
 * writing happens in prepare and commit (task.c). Readers that know nothing of it read the data
 * files below the table's folder, which are visible before the version that lists them.
 */
#include "catalog.h"

#include "store_file.h"

static const sl_setting settings[] = {
    {.size = sizeof(sl_setting),
     .type = SL_T_URL,
     .name = "table",
     .brief = "the table's folder or URL; as the file records say when it is left out",
     .details = "Needed only when all records shall be listed in one table whatever they say, or "
                "when the catalog reaches the folder under another URL than the writer.",
     .example = "file:///srv/lake/clicks"},
    SL_SETTINGS_END,
};

static catalog *catalog_of(sl_instance *self)
{
    return (catalog *)(void *)self;
}

/* ---- tables ---------------------------------------------------------------------------------- */

table *catalog_table(catalog *c, const void *url, uint64_t len)
{
    table **at = &c->tables;
    table *t;

    for (; *at; at = &(*at)->next) {
        if (strlen((*at)->url) == len && !memcmp((*at)->url, url, len))
            return *at;
    }
    t = c->host->alloc(c->node, sizeof *t + len + 1);
    if (!t)
        return NULL;
    memset(t, 0, sizeof *t);
    memcpy(t->url, url, len);
    t->url[len] = 0;
    t->head.schema.host = c->host;
    t->head.schema.node = c->node;
    meta_delta_init(&t->delta, c->host, c->node);
    *at = t;
    return t;
}

sl_status table_open(catalog *c, table *t)
{
    const sl_stores *stores;

    if (t->store)
        return SL_OK;
    stores = c->host->extension(c->node, "sluice.store/1");
    if (!stores) {
        c->host->fail(c->node, "local.host", "this host has no stores (sluice.store/1)");
        return SL_E_CONFIG;
    }
    return stores->open(c->node, t->url, &t->ops, &t->store);
}

void table_forget(table *t)
{
    jbuf schema = t->head.schema;

    jbuf_clear(&schema);
    memset(&t->head, 0, sizeof t->head);
    t->head.schema = schema;
    t->is_loaded = 0;
}

static void table_free(catalog *c, table *t)
{
    if (t->store)
        t->ops->close(t->store);
    jbuf_free(&t->head.schema);
    meta_delta_free(&t->delta);
    c->host->release(t->token);
    c->host->release(t);
}

/* ---- life ------------------------------------------------------------------------------------ */

static sl_status create(const sl_host *host, sl_node *node, const sl_config *cfg,
                        sl_instance **self)
{
    catalog *c = host->alloc(node, sizeof *c);

    if (!c)
        return SL_E_NOMEM;
    memset(c, 0, sizeof *c);
    c->host = host;
    c->node = node;
    c->url = host->get_text(cfg, "table");
    *self = (sl_instance *)(void *)c;
    return SL_OK;
}

/* Nothing to connect to before the first record tells the table. */
static sl_status open_catalog(sl_instance *self, sl_call *call)
{
    (void)self;
    (void)call;
    return SL_OK;
}

static void close_catalog(sl_instance *self)
{
    catalog *c = catalog_of(self);
    table *next;

    c->host->rows->unref(c->batch);
    c->batch = NULL;
    for (table *t = c->tables; t; t = next) {
        next = t->next;
        table_free(c, t);
    }
    c->tables = NULL;
}

static void destroy(sl_instance *self)
{
    close_catalog(self);
    catalog_of(self)->host->release(self);
}

/* ---- rows ------------------------------------------------------------------------------------ */

/* Take in the record of row ROW. SL_E_DATA: it is no file record. */
static sl_status take_row(catalog *c, const sl_batch *batch, uint32_t row)
{
    sl_bytes url = {.ptr = (const uint8_t *)c->url, .len = strlen(c->url)};
    sl_val record;
    sl_val v;
    table *t;

    sl_batch_row(batch, row, &record);
    if (!url.len) {
        if (!sl_val_find(&record, "table", 5, &v) || v.type != SL_V_STR || !v.n ||
            memchr(v.ptr, 0, v.n))
            return SL_E_DATA;
        url.ptr = v.ptr;
        url.len = v.n;
    }
    while (url.len > 1 && url.ptr[url.len - 1] == '/')
        url.len--;
    t = catalog_table(c, url.ptr, url.len);
    return t ? meta_delta_add(&t->delta, &record) : SL_E_NOMEM;
}

static sl_status write_rows(sl_instance *self, sl_call *call, uint32_t port, sl_batch *batch)
{
    catalog *c = catalog_of(self);
    uint32_t i = 0;

    (void)call;
    (void)port;
    if (c->batch != batch) {
        c->host->rows->unref(c->batch); /* one that the host has given up on */
        c->batch = NULL;
        c->batch_row = 0;
    }
    SL_EACH (row, batch) {
        uint16_t list = (uint16_t)row;
        sl_status rc;

        if (i++ < c->batch_row)
            continue;
        rc = take_row(c, batch, row);
        if (rc == SL_E_NOMEM) { /* the same batch comes again: go on here */
            if (!c->batch)
                c->batch = c->host->rows->ref(batch);
            return rc;
        }
        c->batch_row = i;
        if (rc == SL_OK)
            c->host->count(c->node, 1, 0);
        else
            c->host->reject(c->node, batch, &list, 1, "local.record",
                            "this is no record of a file: table, file, rows and bytes are needed; "
                            "a writer (parquet, csv, json) makes them");
    }
    c->host->rows->unref(c->batch);
    c->batch = NULL;
    c->batch_row = 0;
    return SL_OK;
}

static sl_status flush(sl_instance *self, sl_call *call)
{
    (void)self;
    (void)call;
    return SL_OK;
}

static const sl_sink_ops ops = {
    .size = sizeof ops,
    .write = write_rows,
    .flush = flush,
};

static const sl_class catalog_class = {
    .size = sizeof catalog_class,
    .kind = SL_CLASS_SINK,
    .id = "local",
    .brief = "a catalog beside the files: which files, rows and offsets each commit added",
    .details = "Takes the file records of a writer. Below each table's folder it keeps "
               "`_sluice/v<N>.json`: one small file for each checkpoint that added files, with "
               "the schema, the totals and the offsets of the input, and each hundredth with the "
               "list of all files. DuckDB, pyarrow and Spark read the data files of the folder "
               "without it.",
    .settings = settings,
    .ops = &ops,
    .create = create,
    .open = open_catalog,
    .close = close_catalog,
    .destroy = destroy,
    .prepare = catalog_prepare,
    .commit = catalog_commit,
    .abort = catalog_abort,
};

SL_PLUGIN("local", &catalog_class, &sl_store_file_class);
