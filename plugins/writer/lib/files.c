/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/writer/lib/files.c - the life of a writer and its rows.
 *
 * A batch is sorted into groups (group.c), and each group given to the file of its folder (file.c).
 * When that fails for a reason that may pass, the batch is kept with the place reached: the host
 * gives the same batch again, and the work goes on there. So no row is written twice and none left
 * out.
 */
#include "files_priv.h"

const sl_setting sl_files_roll_settings[] = {
    {.size = sizeof(sl_setting),
     .type = SL_T_SIZE,
     .name = "size",
     .fallback = "256MiB",
     .min = "1",
     .brief = "a file ends when it is about this big",
     .example = "128MiB"},
    {.size = sizeof(sl_setting),
     .type = SL_T_INT,
     .name = "rows",
     .unit = "rows",
     .min = "1",
     .brief = "a file ends when it has this many rows",
     .example = "1000000"},
    {.size = sizeof(sl_setting),
     .type = SL_T_DURATION,
     .name = "every",
     .min = "10ms",
     .brief = "a file ends when it is this old",
     .details = "It becomes visible at the next checkpoint all the same.",
     .example = "30s"},
    SL_SETTINGS_END,
};

static sl_files *files_of(sl_instance *self)
{
    return (sl_files *)(void *)self;
}

/* ---- create, destroy ------------------------------------------------------------------------- */

static sl_status read_settings(sl_files *w, const sl_config *cfg)
{
    const char *to = w->host->get_text(cfg, "to");
    size_t len = strlen(to);

    while (len > 1 && to[len - 1] == '/')
        len--;
    w->url = w->host->alloc(w->node, len + 1);
    if (!w->url)
        return SL_E_NOMEM;
    memcpy(w->url, to, len);
    w->url[len] = 0;
    w->roll_bytes = (uint64_t)w->host->get_int(cfg, "roll.size");
    w->roll_rows = (uint64_t)w->host->get_int(cfg, "roll.rows");
    w->roll_every_ns = w->host->get_int(cfg, "roll.every");
    w->open_max = (uint32_t)w->host->get_int(cfg, "open_files");
    w->buffer_bytes = (uint64_t)w->host->get_int(cfg, "buffer");
    if (!w->open_max)
        w->open_max = 1;
    return sl_expr_read(w->host, w->node, cfg, &w->exprs);
}

/* Tell the format what the partitions are. */
static sl_status make_env(sl_files *w)
{
    sl_files_part *part = w->host->alloc(w->node, (w->exprs->count + 1) * sizeof *part);

    if (!part)
        return SL_E_NOMEM;
    for (uint32_t i = 0; i < w->exprs->count; i++) {
        const sl_expr *e = &w->exprs->expr[i];

        part[i] = (sl_files_part){.name = e->name,
                                  .text = e->text,
                                  .path = e->path,
                                  .is_column = e->kind == SL_EXPR_FIELD};
    }
    w->env.part = part;
    w->env.nparts = w->exprs->count;
    w->near = w->host->alloc(w->node, NEAR_ROOM * sizeof *w->near);
    return w->near ? SL_OK : SL_E_NOMEM;
}

sl_status sl_files_create(const sl_host *host, sl_node *node, const sl_config *cfg,
                          const sl_files_format *format, sl_instance **self)
{
    sl_files *w = host->alloc(node, sizeof *w);
    sl_status rc;

    if (!w)
        return SL_E_NOMEM;
    memset(w, 0, sizeof *w);
    w->host = host;
    w->node = node;
    w->rows = host->rows;
    w->format = format;
    w->checkpoint = 1;
    w->env.host = host;
    w->env.node = node;
    rc = read_settings(w, cfg);
    if (rc == SL_OK)
        rc = make_env(w);
    if (rc == SL_OK && !sl_record_declare(w))
        rc = SL_E_NOMEM;
    if (rc == SL_OK)
        rc = format->create(&w->env, cfg, &w->fmt);
    if (rc != SL_OK) {
        sl_files_destroy((sl_instance *)(void *)w);
        return rc;
    }
    *self = (sl_instance *)(void *)w;
    return SL_OK;
}

/* Let go of the batch at hand. */
static void batch_end(sl_files *w)
{
    sl_batch *batch = w->batch;

    w->batch = NULL;
    sl_files_group_end(w);
    w->rows->unref(batch);
}

void sl_files_destroy(sl_instance *self)
{
    sl_files *w = files_of(self);
    const sl_host *host = w->host;

    sl_files_close(self);
    if (w->fmt)
        w->format->destroy(w->fmt);
    sl_files_folders_free(w);
    sl_expr_free(w->exprs);
    sl_record_free(w);
    host->release((void *)(uintptr_t)w->env.part);
    host->release(w->near);
    host->release(w->group);
    host->release(w->row);
    host->release(w->row_group);
    host->release(w->ident);
    host->release(w->spare);
    host->release(w->url);
    host->release(w);
}

sl_status sl_files_open(sl_instance *self, sl_call *call)
{
    sl_files *w = files_of(self);
    sl_status rc = sl_files_store(w);

    (void)call;
    if (rc != SL_OK || !w->roll_every_ns)
        return rc;
    w->timer =
        w->host->timer(w->node, w->roll_every_ns / 4, w->roll_every_ns / 4, sl_files_tick, NULL);
    return w->timer ? SL_OK : SL_E_NOMEM;
}

void sl_files_close(sl_instance *self)
{
    sl_files *w = files_of(self);

    w->host->unwatch(w->timer);
    w->timer = NULL;
    if (w->batch)
        batch_end(w);
    sl_files_forget(w);
    if (w->store)
        w->ops->close(w->store);
    w->store = NULL;
}

/* ---- rows ------------------------------------------------------------------------------------ */

/* Is any file so far behind that calls should wait? */
static int is_behind(const sl_files *w)
{
    for (const one_file *f = w->busy_count ? w->open_first : NULL; f; f = f->next) {
        if (sl_out_is_behind(f->out))
            return 1;
    }
    return 0;
}

/* Give the rest of the batch at hand to files. */
static sl_status add_groups(sl_files *w)
{
    sl_status rc = SL_OK;

    for (; w->next_group < w->ngroups; w->next_group++) {
        do
            rc = sl_files_add(w, &w->group[w->next_group]);
        while (rc == SL_E_NOMEM && sl_files_relieve(w));
        if (rc != SL_OK)
            break;
    }
    return rc;
}

static sl_status process(sl_instance *self, sl_call *call, uint32_t port, sl_batch *batch)
{
    sl_files *w = files_of(self);
    sl_status rc = w->late;

    (void)port;
    w->late = SL_OK;
    if (rc < 0)
        return rc;
    if (w->batch && w->batch != batch)
        batch_end(w); /* the host has given up on that one */
    if (!w->batch) {
        rc = sl_files_group(w, batch);
        if (rc != SL_OK)
            return rc;
        w->batch = w->rows->ref(batch);
    }
    rc = add_groups(w);
    if (rc == SL_OK)
        rc = sl_files_retry(w);
    if (rc != SL_OK)
        return rc;
    batch_end(w);
    if (!is_behind(w) || w->nwaiting == FILES_WAITING_MAX)
        return SL_OK;
    w->waiting[w->nwaiting++] = call;
    return SL_WAIT;
}

static sl_status advance(sl_instance *self, int64_t time_us)
{
    (void)self;
    (void)time_us;
    return SL_OK;
}

/* The barrier at the end of the input finishes the files. */
static sl_status flush(sl_instance *self, sl_call *call)
{
    (void)self;
    (void)call;
    return SL_OK;
}

const sl_transform_ops sl_files_ops = {
    .size = sizeof sl_files_ops,
    .process = process,
    .advance = advance,
    .flush = flush,
};

/* An upload has come further: answer the calls that wait. */
void sl_files_progress(sl_files *w)
{
    uint32_t n = w->nwaiting;

    if (n && !is_behind(w)) {
        w->nwaiting = 0;
        for (uint32_t i = 0; i < n; i++)
            w->host->finish(w->waiting[i], SL_OK); /* a failure is told at the next call */
    }
    sl_files_prepare_go_on(w);
}
