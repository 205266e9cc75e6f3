/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/parquet/lib/writer.c - the file: columns, row groups, order of calls.
 *
 * A row group is closed by sl_pq_rows, between batches of the caller: by rows once it holds enough
 * encoded bytes to be worth it, by bytes in any case. The chunks then go out in the order of the
 * schema. Open pages are counted every CHECK_STEP rows only. The first failure sticks.
 */
#include <stdio.h>

#include "plugins/parquet/lib/pq_priv.h"

#define CHECK_STEP 1024u

static void set_defaults(sl_pq_options *o)
{
    o->row_group_rows = o->row_group_rows ? o->row_group_rows : 131072;
    o->row_group_bytes = o->row_group_bytes ? o->row_group_bytes : UINT64_C(128) << 20;
    o->row_group_least = o->row_group_least ? o->row_group_least : UINT64_C(8) << 20;
    o->page_rows = o->page_rows ? o->page_rows : 20000;
    o->page_bytes = o->page_bytes ? o->page_bytes : 1u << 20;
    o->dictionary_bytes = o->dictionary_bytes ? o->dictionary_bytes : 1u << 20;
}

static sl_pq_writer *writer_new(sl_pq_schema *schema)
{
    sl_pq_writer *w = sl_pq_zalloc(&schema->mem, sizeof(*w));
    uint32_t i;

    if (!w)
        return NULL;
    w->mem = schema->mem;
    w->schema = schema;
    {
        sl_pq_buf *const bufs[] = {&w->raw,     &w->packed, &w->spare, &w->head,
                                   &w->index,   &w->seen,   &w->meta,  &w->indexes,
                                   &w->written, &w->groups, &w->kv};

        for (i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++)
            bufs[i]->mem = &w->mem;
    }
    return w;
}

int sl_pq_writer_open(sl_pq_schema *schema, const sl_pq_options *options,
                      const sl_pq_output *output, sl_pq_writer **writer)
{
    static const sl_pq_options DEFAULTS = {.codec = SL_PQ_ZSTD};
    sl_pq_writer *w = writer_new(schema);
    const char *by;
    int rc;

    if (!w)
        return SL_PQ_E_NOMEM;
    w->options = options ? *options : DEFAULTS;
    set_defaults(&w->options);
    by = w->options.created_by ? w->options.created_by : "sluice version 0.0.0 (build none)";
    (void)snprintf(w->created_by, sizeof(w->created_by), "%s", by); /* cut when longer */
    w->options.created_by = NULL;
    w->output = *output;
    rc = sl_pq_packer_open(&w->packer, w->options.codec, w->options.level);
    if (!rc)
        rc = sl_pq_writer_append(w, "PAR1", 4);
    if (rc) {
        sl_pq_writer_free(w);
        return rc;
    }
    *writer = w;
    return SL_PQ_OK;
}

void sl_pq_writer_free(sl_pq_writer *w)
{
    sl_pq_memory mem;
    uint32_t i;

    if (!w)
        return;
    mem = w->mem;
    for (i = 0; i < w->column_cap; i++)
        sl_pq_column_free(w->column[i]);
    sl_pq_release(&mem, w->column);
    sl_pq_release(&mem, w->leaf);
    sl_pq_buf_fini(&w->raw);
    sl_pq_buf_fini(&w->packed);
    sl_pq_buf_fini(&w->spare);
    sl_pq_buf_fini(&w->head);
    sl_pq_buf_fini(&w->index);
    sl_pq_buf_fini(&w->seen);
    sl_pq_buf_fini(&w->meta);
    sl_pq_buf_fini(&w->indexes);
    sl_pq_buf_fini(&w->written);
    sl_pq_buf_fini(&w->groups);
    sl_pq_buf_fini(&w->kv);
    sl_pq_packer_close(&w->packer);
    mem.release(mem.ctx, w);
}

int sl_pq_writer_append(sl_pq_writer *w, const void *bytes, size_t len)
{
    if (len == 0)
        return SL_PQ_OK;
    if (w->output.append(w->output.ctx, bytes, len))
        return SL_PQ_E_OUTPUT;
    w->bytes += len;
    return SL_PQ_OK;
}

/* ---- columns --------------------------------------------------------------------------------- */

static int grow_columns(sl_pq_writer *w)
{
    uint32_t cap = w->schema->cap, i;
    sl_pq_column **grown;

    if (w->column_cap >= cap)
        return SL_PQ_OK;
    grown = sl_pq_array(&w->mem, w->column, cap, sizeof(sl_pq_column *));
    if (!grown)
        return SL_PQ_E_NOMEM;
    for (i = w->column_cap; i < cap; i++)
        grown[i] = NULL;
    w->column = grown;
    w->column_cap = cap;
    return SL_PQ_OK;
}

sl_pq_column *sl_pq_writer_column(sl_pq_writer *w, uint32_t node)
{
    if (node >= w->schema->count || w->schema->node[node].physical < 0 || grow_columns(w))
        return NULL;
    if (!w->column[node] && w->groups.len == 0 && !w->is_finished)
        w->column[node] = sl_pq_column_new(w, node);
    return w->column[node];
}

/* The columns in the order of the schema, each leaf with one. */
static int order_columns(sl_pq_writer *w)
{
    uint32_t n = sl_pq_schema_leaves(w->schema, NULL), i;
    uint32_t *leaf;

    if (w->groups.len || w->leaf)
        return n == w->leaves ? SL_PQ_OK : SL_PQ_E_USE;
    w->leaves = n;
    if (n == 0)
        return SL_PQ_OK;
    leaf = sl_pq_array(&w->mem, NULL, n, sizeof(*leaf));
    if (!leaf)
        return SL_PQ_E_NOMEM;
    w->leaf = leaf;
    (void)sl_pq_schema_leaves(w->schema, leaf); /* the same number */
    for (i = 0; i < n; i++)
        if (!sl_pq_writer_column(w, leaf[i]))
            return SL_PQ_E_NOMEM;
    return SL_PQ_OK;
}

/* ---- row groups ------------------------------------------------------------------------------ */

static int put_chunk(sl_pq_column *col)
{
    sl_pq_chunk *c = col->chunk;
    sl_pq_writer *w = c->writer;
    uint64_t file_at = w->bytes, dict_bytes = 0;
    int rc = SL_PQ_OK;

    if (c->dict_pages) {
        w->seen.len = 0;
        rc = sl_pq_page_put_dict(col, &w->seen);
        dict_bytes = w->seen.len;
        if (!rc)
            rc = sl_pq_writer_append(w, w->seen.ptr, w->seen.len);
    }
    if (!rc)
        rc = sl_pq_writer_append(w, c->pages.ptr, c->pages.len);
    return rc ? rc : sl_pq_footer_chunk(col, file_at, dict_bytes);
}

static int put_group(sl_pq_writer *w)
{
    sl_pq_group g = {.rows = w->group_rows, .file_at = w->bytes};
    uint32_t i;
    int rc = order_columns(w);

    for (i = 0; i < w->leaves && !rc; i++) {
        sl_pq_column *col = w->column[w->leaf[i]];

        if (sl_pq_column_rows(col) != w->group_rows)
            return SL_PQ_E_USE;
        rc = sl_pq_column_drain(col);
        if (!rc)
            rc = put_chunk(col);
        g.raw_bytes += col->chunk->raw_bytes;
    }
    g.bytes = w->bytes - g.file_at;
    if (!rc)
        rc = sl_pq_buf_add(&w->groups, &g, sizeof(g));
    for (i = 0; i < w->leaves && !rc; i++)
        rc = sl_pq_column_restart(w->column[w->leaf[i]]);
    w->rows += w->group_rows;
    w->group_rows = w->encoded = w->check_rows = 0;
    return rc;
}

int sl_pq_writer_flush(sl_pq_writer *w)
{
    if (!w->rc && w->group_rows > 0)
        w->rc = put_group(w);
    return w->rc;
}

uint64_t sl_pq_writer_pending(const sl_pq_writer *w)
{
    uint64_t bytes = w->encoded;
    uint32_t i;

    for (i = 0; i < w->column_cap; i++)
        if (w->column[i])
            bytes += sl_pq_column_open_bytes(w->column[i]);
    return bytes;
}

int sl_pq_writer_is_full(sl_pq_writer *w)
{
    uint64_t bytes;
    const int is_by_rows = w->group_rows >= w->options.row_group_rows;

    if (!is_by_rows && w->group_rows < w->check_rows)
        return 0;
    w->check_rows = w->group_rows + CHECK_STEP;
    if (is_by_rows && w->encoded >= w->options.row_group_least)
        return 1;
    bytes = sl_pq_writer_pending(w);
    return bytes >= w->options.row_group_bytes ||
           (is_by_rows && bytes >= w->options.row_group_least);
}

static int check_columns(const sl_pq_writer *w)
{
    uint32_t i;

    for (i = 0; i < w->column_cap; i++)
        if (w->column[i] && sl_pq_column_rows(w->column[i]) != w->group_rows)
            return SL_PQ_E_USE;
    return SL_PQ_OK;
}

int sl_pq_rows(sl_pq_writer *w, uint32_t n)
{
    if (w->rc || w->is_finished)
        return w->rc ? w->rc : SL_PQ_E_USE;
    w->group_rows += n;
    w->rc = check_columns(w);
    if (!w->rc && !w->options.is_manual && sl_pq_writer_is_full(w))
        w->rc = put_group(w);
    return w->rc;
}

uint32_t sl_pq_writer_room(const sl_pq_writer *w)
{
    uint64_t due = w->options.row_group_rows;

    return w->group_rows < due ? (uint32_t)(due - w->group_rows) : 1;
}

/* ---- end ------------------------------------------------------------------------------------- */

int sl_pq_writer_metadata(sl_pq_writer *w, const char *key, const char *value, size_t value_len)
{
    uint64_t len = value_len;

    if (w->is_finished)
        return SL_PQ_E_USE;
    if (!w->rc)
        w->rc = sl_pq_buf_add(&w->kv, key, strlen(key) + 1);
    if (!w->rc)
        w->rc = sl_pq_buf_add(&w->kv, &len, sizeof(len));
    if (!w->rc)
        w->rc = sl_pq_buf_add(&w->kv, value, value_len);
    w->kv_count++;
    return w->rc;
}

int sl_pq_writer_finish(sl_pq_writer *w)
{
    if (w->is_finished)
        return SL_PQ_E_USE;
    (void)sl_pq_writer_flush(w); /* a failure is in rc */
    if (!w->rc)
        w->rc = order_columns(w);
    if (!w->rc)
        w->rc = sl_pq_footer_put(w);
    if (!w->rc)
        w->is_finished = 1;
    return w->rc;
}

uint64_t sl_pq_writer_bytes(const sl_pq_writer *w)
{
    return w->bytes;
}

uint64_t sl_pq_writer_rows(const sl_pq_writer *w)
{
    return w->rows + w->group_rows;
}

uint32_t sl_pq_writer_groups(const sl_pq_writer *w)
{
    return (uint32_t)(w->groups.len / sizeof(sl_pq_group));
}
