/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/parquet/lib/footer.c - metadata of chunks, page indexes, and what ends the file.
 *
 * When a row group is written, the metadata and the indexes of each chunk are encoded at once and
 * kept as bytes: that is all that remains of a row group. At the end the indexes go out together,
 * column indexes first, and the footer refers to them.
 */
#include "plugins/parquet/lib/pq_priv.h"

#define ORDER_UNORDERED  0
#define ORDER_ASCENDING  1
#define ORDER_DESCENDING 2

typedef struct chunk_bounds {
    sl_pq_bytes min;
    sl_pq_bytes max;
    int has_min;
    int has_max;
    int min_exact;
    int max_exact;
} chunk_bounds;

static const sl_pq_page *pages_of(const sl_pq_chunk *c, uint32_t *n)
{
    *n = (uint32_t)(c->info.len / sizeof(sl_pq_page));
    return (const sl_pq_page *)(const void *)c->info.ptr;
}

/* LEN bytes at AT of the bounds. A chunk whose pages are all null has no buffer for them. */
static sl_pq_bytes bound_of(const sl_pq_chunk *c, uint32_t at, uint32_t len)
{
    return (sl_pq_bytes){c->bounds.ptr ? c->bounds.ptr + at : NULL, len};
}

static sl_pq_bytes min_of(const sl_pq_chunk *c, const sl_pq_page *page)
{
    return bound_of(c, page->min_at, page->min_len);
}

static sl_pq_bytes max_of(const sl_pq_chunk *c, const sl_pq_page *page)
{
    return bound_of(c, page->max_at, page->max_len);
}

static int is_float(const sl_pq_chunk *c)
{
    return c->physical == SL_PQ_P_FLOAT || c->physical == SL_PQ_P_DOUBLE;
}

/* Cut bounds keep the order of what they were cut from, so the chunk's follow from the pages'. */
static void merge_page(const sl_pq_chunk *c, const sl_pq_page *page, chunk_bounds *b)
{
    sl_pq_bytes min = min_of(c, page), max = max_of(c, page);
    int d = b->has_min ? sl_pq_compare(c->order, min, b->min) : -1;

    if (d < 0 || (d == 0 && page->min_exact)) {
        b->min = min;
        b->min_exact = page->min_exact;
    }
    d = b->has_max ? sl_pq_compare(c->order, max, b->max) : 1;
    if (d > 0 || (d == 0 && page->max_exact)) {
        b->max = max;
        b->max_exact = page->max_exact;
    }
    b->has_min = b->has_max = 1;
}

static void merge_bounds(const sl_pq_chunk *c, chunk_bounds *b)
{
    uint32_t i, n;
    const sl_pq_page *page = pages_of(c, &n);
    int is_known = 1;

    memset(b, 0, sizeof(*b));
    for (i = 0; i < n; i++) {
        if (page[i].has_bounds)
            merge_page(c, &page[i], b);
        else if (!page[i].is_null && !is_float(c))
            is_known = 0; /* a maximum that could not be cut */
    }
    if (!is_known)
        b->has_min = b->has_max = 0;
}

static int replace(sl_pq_buf *to, sl_pq_bytes from)
{
    to->len = 0;
    return sl_pq_buf_add(to, from.ptr, from.len);
}

static sl_pq_bytes bytes_of(const sl_pq_buf *buf)
{
    return (sl_pq_bytes){buf->ptr, buf->len};
}

/* Widen the bounds of the file by those of the row group. */
static int merge_file(sl_pq_chunk *c, const chunk_bounds *b)
{
    int rc = SL_PQ_OK;

    c->file_nulls += c->nulls;
    if (!b->has_min) {
        if (c->nulls < c->values)
            c->has_file_bounds = 0;
        return SL_PQ_OK;
    }
    if (!c->has_file_values || sl_pq_compare(c->order, b->min, bytes_of(&c->file_min)) < 0)
        rc = replace(&c->file_min, b->min);
    if (!rc && (!c->has_file_values || sl_pq_compare(c->order, b->max, bytes_of(&c->file_max)) > 0))
        rc = replace(&c->file_max, b->max);
    c->has_file_values = 1;
    return rc;
}

void sl_pq_writer_stats(const sl_pq_writer *w, uint32_t node, sl_pq_stats *out)
{
    const sl_pq_chunk *c;

    memset(out, 0, sizeof(*out));
    if (node >= w->column_cap || !w->column[node])
        return;
    c = w->column[node]->chunk;
    out->nulls = c->file_nulls;
    out->has_bounds = c->has_file_bounds && c->has_file_values;
    if (!out->has_bounds)
        return;
    out->min = bytes_of(&c->file_min);
    out->max = bytes_of(&c->file_max);
}

static void put_statistics(const sl_pq_column *col, sl_pq_thrift *t)
{
    sl_pq_chunk *c = col->chunk;
    chunk_bounds b;

    merge_bounds(c, &b);
    t->rc = t->rc ? t->rc : merge_file(c, &b);
    sl_pq_t_begin(t, 12);
    sl_pq_t_int(t, 3, SL_PQ_T_I64, (int64_t)c->nulls);
    if (c->plain_pages == 0 && c->dict_pages > 0)
        sl_pq_t_int(t, 4, SL_PQ_T_I64, c->dict_count);
    if (b.has_max)
        sl_pq_t_bin(t, 5, b.max.ptr, b.max.len);
    if (b.has_min)
        sl_pq_t_bin(t, 6, b.min.ptr, b.min.len);
    if (b.has_max)
        sl_pq_t_bool(t, 7, b.max_exact);
    if (b.has_min)
        sl_pq_t_bool(t, 8, b.min_exact);
    if (is_float(c))
        sl_pq_t_int(t, 9, SL_PQ_T_I64, (int64_t)c->nans);
    sl_pq_t_end(t);
}

static void put_encodings(const sl_pq_chunk *c, sl_pq_thrift *t)
{
    sl_pq_t_list(t, 2, SL_PQ_T_I32, c->dict_pages ? 3 : 2);
    sl_pq_t_item_int(t, SL_PQ_E_PLAIN); /* also of the dictionary itself */
    sl_pq_t_item_int(t, SL_PQ_E_RLE);
    if (c->dict_pages)
        sl_pq_t_item_int(t, SL_PQ_E_RLE_DICT);
}

static void put_encoding_count(sl_pq_thrift *t, int32_t type, int32_t id, uint32_t n)
{
    sl_pq_t_item_begin(t);
    sl_pq_t_int(t, 1, SL_PQ_T_I32, type);
    sl_pq_t_int(t, 2, SL_PQ_T_I32, id);
    sl_pq_t_int(t, 3, SL_PQ_T_I32, n);
    sl_pq_t_end(t);
}

static void put_encoding_stats(const sl_pq_chunk *c, sl_pq_thrift *t)
{
    uint32_t n = (c->dict_pages ? 2u : 0u) + (c->plain_pages ? 1u : 0u);

    sl_pq_t_list(t, 13, SL_PQ_T_STRUCT, n);
    if (c->dict_pages) {
        put_encoding_count(t, 2, SL_PQ_E_PLAIN, 1);
        put_encoding_count(t, 0, SL_PQ_E_RLE_DICT, c->dict_pages);
    }
    if (c->plain_pages)
        put_encoding_count(t, 0, SL_PQ_E_PLAIN, c->plain_pages);
}

/* Counts of levels, summed over all pages when PAGE is SL_PQ_EMPTY. */
static void put_histogram(const sl_pq_chunk *c, sl_pq_thrift *t, uint32_t from, uint32_t levels,
                          uint32_t stride)
{
    const uint64_t *count = (const uint64_t *)(const void *)c->levels.ptr;
    uint32_t n = (uint32_t)(c->info.len / sizeof(sl_pq_page));
    uint32_t i, level;

    for (level = 0; level < levels; level++) {
        uint64_t sum = 0;

        for (i = 0; i < n; i++)
            sum += count[(size_t)i * stride + from + level];
        sl_pq_t_item_int(t, (int64_t)sum);
    }
}

static void put_size_statistics(const sl_pq_column *col, sl_pq_thrift *t)
{
    const sl_pq_chunk *c = col->chunk;
    uint32_t stride = c->rep_max + col->def_max + 2;

    sl_pq_t_begin(t, 16);
    if (c->physical == SL_PQ_P_BYTES)
        sl_pq_t_int(t, 1, SL_PQ_T_I64, (int64_t)c->unencoded);
    if (c->rep_max) {
        sl_pq_t_list(t, 2, SL_PQ_T_I64, c->rep_max + 1);
        put_histogram(c, t, 0, c->rep_max + 1, stride);
    }
    if (col->def_max) {
        sl_pq_t_list(t, 3, SL_PQ_T_I64, col->def_max + 1);
        put_histogram(c, t, c->rep_max + 1, col->def_max + 1, stride);
    }
    sl_pq_t_end(t);
}

static int put_meta(const sl_pq_column *col, uint64_t file_at, uint64_t dict_bytes)
{
    const sl_pq_chunk *c = col->chunk;
    sl_pq_writer *w = c->writer;
    sl_pq_thrift t;

    sl_pq_t_init(&t, &w->meta);
    sl_pq_t_int(&t, 1, SL_PQ_T_I32, c->physical);
    put_encodings(c, &t);
    sl_pq_schema_put_path(w->schema, c->node, 3, &t);
    sl_pq_t_int(&t, 4, SL_PQ_T_I32, w->packer.info->id);
    sl_pq_t_int(&t, 5, SL_PQ_T_I64, (int64_t)c->values);
    sl_pq_t_int(&t, 6, SL_PQ_T_I64, (int64_t)c->raw_bytes);
    sl_pq_t_int(&t, 7, SL_PQ_T_I64, (int64_t)(c->pages.len + dict_bytes));
    sl_pq_t_int(&t, 9, SL_PQ_T_I64, (int64_t)(file_at + dict_bytes));
    if (dict_bytes)
        sl_pq_t_int(&t, 11, SL_PQ_T_I64, (int64_t)file_at);
    put_statistics(col, &t);
    put_encoding_stats(c, &t);
    put_size_statistics(col, &t);
    sl_pq_t_end(&t);
    return t.rc;
}

/* ---- indexes --------------------------------------------------------------------------------- */

static int boundary_order(const sl_pq_chunk *c)
{
    const sl_pq_page *last = NULL;
    int up = 1, down = 1;
    uint32_t i, n;
    const sl_pq_page *page = pages_of(c, &n);

    for (i = 0; i < n; i++) {
        if (page[i].is_null)
            continue;
        if (last) {
            int min = sl_pq_compare(c->order, min_of(c, last), min_of(c, &page[i]));
            int max = sl_pq_compare(c->order, max_of(c, last), max_of(c, &page[i]));

            up &= min <= 0 && max <= 0;
            down &= min >= 0 && max >= 0;
        }
        last = &page[i];
    }
    return up ? ORDER_ASCENDING : down ? ORDER_DESCENDING : ORDER_UNORDERED;
}

/* A page of values without bounds makes the index impossible. */
static int has_column_index(const sl_pq_chunk *c)
{
    uint32_t i, n;
    const sl_pq_page *page = pages_of(c, &n);

    for (i = 0; i < n; i++)
        if (!page[i].has_bounds && !page[i].is_null)
            return 0;
    return n > 0;
}

static void put_page_histograms(const sl_pq_chunk *c, sl_pq_thrift *t, uint32_t id, uint32_t from,
                                uint32_t levels, uint32_t stride)
{
    const uint64_t *count = (const uint64_t *)(const void *)c->levels.ptr;
    uint32_t n = (uint32_t)(c->info.len / sizeof(sl_pq_page));
    uint32_t i, level;

    sl_pq_t_list(t, id, SL_PQ_T_I64, n * levels);
    for (i = 0; i < n; i++)
        for (level = 0; level < levels; level++)
            sl_pq_t_item_int(t, (int64_t)count[(size_t)i * stride + from + level]);
}

static void put_bound(sl_pq_thrift *t, sl_pq_bytes bound)
{
    sl_pq_t_item_bin(t, bound.ptr, bound.len);
}

static int put_column_index(const sl_pq_column *col, sl_pq_buf *out)
{
    const sl_pq_chunk *c = col->chunk;
    uint32_t stride = c->rep_max + col->def_max + 2, i, n;
    const sl_pq_page *page = pages_of(c, &n);
    sl_pq_thrift t;

    sl_pq_t_init(&t, out);
    sl_pq_t_list(&t, 1, SL_PQ_T_TRUE, n);
    for (i = 0; i < n; i++)
        sl_pq_t_item_bool(&t, page[i].is_null);
    sl_pq_t_list(&t, 2, SL_PQ_T_BINARY, n);
    for (i = 0; i < n; i++)
        put_bound(&t, min_of(c, &page[i]));
    sl_pq_t_list(&t, 3, SL_PQ_T_BINARY, n);
    for (i = 0; i < n; i++)
        put_bound(&t, max_of(c, &page[i]));
    sl_pq_t_int(&t, 4, SL_PQ_T_I32, boundary_order(c));
    sl_pq_t_list(&t, 5, SL_PQ_T_I64, n);
    for (i = 0; i < n; i++)
        sl_pq_t_item_int(&t, (int64_t)page[i].nulls);
    if (c->rep_max)
        put_page_histograms(c, &t, 6, 0, c->rep_max + 1, stride);
    if (col->def_max)
        put_page_histograms(c, &t, 7, c->rep_max + 1, col->def_max + 1, stride);
    sl_pq_t_end(&t);
    return t.rc;
}

static int put_offset_index(const sl_pq_chunk *c, uint64_t pages_at, sl_pq_buf *out)
{
    uint32_t i, n;
    const sl_pq_page *page = pages_of(c, &n);
    uint64_t row = 0;
    sl_pq_thrift t;

    sl_pq_t_init(&t, out);
    sl_pq_t_list(&t, 1, SL_PQ_T_STRUCT, n);
    for (i = 0; i < n; i++) {
        sl_pq_t_item_begin(&t);
        sl_pq_t_int(&t, 1, SL_PQ_T_I64, (int64_t)(pages_at + page[i].at));
        sl_pq_t_int(&t, 2, SL_PQ_T_I32, page[i].bytes);
        sl_pq_t_int(&t, 3, SL_PQ_T_I64, (int64_t)row);
        sl_pq_t_end(&t);
        row += page[i].rows;
    }
    if (c->physical == SL_PQ_P_BYTES) {
        sl_pq_t_list(&t, 2, SL_PQ_T_I64, n);
        for (i = 0; i < n; i++)
            sl_pq_t_item_int(&t, (int64_t)page[i].unencoded);
    }
    sl_pq_t_end(&t);
    return t.rc;
}

int sl_pq_footer_chunk(sl_pq_column *col, uint64_t file_at, uint64_t dict_bytes)
{
    sl_pq_writer *w = col->chunk->writer;
    sl_pq_written at;
    int rc;

    memset(&at, 0, sizeof(at));
    at.meta_at = w->meta.len;
    rc = put_meta(col, file_at, dict_bytes);
    at.meta_len = w->meta.len - at.meta_at;
    at.ci_at = w->indexes.len;
    if (!rc && has_column_index(col->chunk))
        rc = put_column_index(col, &w->indexes);
    at.ci_len = w->indexes.len - at.ci_at;
    at.oi_at = w->indexes.len;
    if (!rc)
        rc = put_offset_index(col->chunk, file_at + dict_bytes, &w->indexes);
    at.oi_len = w->indexes.len - at.oi_at;
    return rc ? rc : sl_pq_buf_add(&w->written, &at, sizeof(at));
}

/* ---- the end of the file --------------------------------------------------------------------- */

static int put_indexes(sl_pq_writer *w)
{
    sl_pq_written *at = (sl_pq_written *)(void *)w->written.ptr;
    size_t i, n = w->written.len / sizeof(*at);
    int rc = SL_PQ_OK;

    for (i = 0; i < n && !rc; i++) {
        at[i].ci_file = w->bytes;
        rc = sl_pq_writer_append(w, w->indexes.ptr + at[i].ci_at, at[i].ci_len);
    }
    for (i = 0; i < n && !rc; i++) {
        at[i].oi_file = w->bytes;
        rc = sl_pq_writer_append(w, w->indexes.ptr + at[i].oi_at, at[i].oi_len);
    }
    return rc;
}

static void put_chunk(const sl_pq_writer *w, const sl_pq_written *at, sl_pq_thrift *t)
{
    sl_pq_t_item_begin(t);
    sl_pq_t_int(t, 2, SL_PQ_T_I64, 0); /* the metadata stands here, not beside the chunk */
    sl_pq_t_raw_struct(t, 3, w->meta.ptr + at->meta_at, at->meta_len);
    sl_pq_t_int(t, 4, SL_PQ_T_I64, (int64_t)at->oi_file);
    sl_pq_t_int(t, 5, SL_PQ_T_I32, (int64_t)at->oi_len);
    if (at->ci_len) {
        sl_pq_t_int(t, 6, SL_PQ_T_I64, (int64_t)at->ci_file);
        sl_pq_t_int(t, 7, SL_PQ_T_I32, (int64_t)at->ci_len);
    }
    sl_pq_t_end(t);
}

static void put_groups(const sl_pq_writer *w, sl_pq_thrift *t)
{
    const sl_pq_group *g = (const sl_pq_group *)(const void *)w->groups.ptr;
    const sl_pq_written *at = (const sl_pq_written *)(const void *)w->written.ptr;
    uint32_t i, k, n = sl_pq_writer_groups(w);

    sl_pq_t_list(t, 4, SL_PQ_T_STRUCT, n);
    for (i = 0; i < n; i++) {
        sl_pq_t_item_begin(t);
        sl_pq_t_list(t, 1, SL_PQ_T_STRUCT, w->leaves);
        for (k = 0; k < w->leaves; k++)
            put_chunk(w, at++, t);
        sl_pq_t_int(t, 2, SL_PQ_T_I64, (int64_t)g[i].raw_bytes);
        sl_pq_t_int(t, 3, SL_PQ_T_I64, (int64_t)g[i].rows);
        sl_pq_t_int(t, 5, SL_PQ_T_I64, (int64_t)g[i].file_at);
        sl_pq_t_int(t, 6, SL_PQ_T_I64, (int64_t)g[i].bytes);
        if (i <= INT16_MAX)
            sl_pq_t_int(t, 7, SL_PQ_T_I16, i);
        sl_pq_t_end(t);
    }
}

static void put_metadata(const sl_pq_writer *w, sl_pq_thrift *t)
{
    const uint8_t *p = w->kv.ptr;
    uint32_t i;

    if (w->kv_count == 0)
        return;
    sl_pq_t_list(t, 5, SL_PQ_T_STRUCT, w->kv_count);
    for (i = 0; i < w->kv_count; i++) {
        const char *key = (const char *)p;
        size_t len;

        p += strlen(key) + 1;
        len = (size_t)sl_pq_load64(p);
        p += 8;
        sl_pq_t_item_begin(t);
        sl_pq_t_text(t, 1, key);
        sl_pq_t_bin(t, 2, p, len);
        sl_pq_t_end(t);
        p += len;
    }
}

static void put_orders(const sl_pq_writer *w, sl_pq_thrift *t)
{
    uint32_t i;

    sl_pq_t_list(t, 7, SL_PQ_T_STRUCT, w->leaves);
    for (i = 0; i < w->leaves; i++) {
        sl_pq_t_item_begin(t);
        sl_pq_t_begin(t, 1);
        sl_pq_t_end(t);
        sl_pq_t_end(t);
    }
}

int sl_pq_footer_put(sl_pq_writer *w)
{
    uint8_t tail[8];
    sl_pq_thrift t;
    int rc = put_indexes(w);

    if (rc)
        return rc;
    w->raw.len = 0;
    sl_pq_t_init(&t, &w->raw);
    sl_pq_t_int(&t, 1, SL_PQ_T_I32, 1);
    sl_pq_schema_put(w->schema, &t);
    sl_pq_t_int(&t, 3, SL_PQ_T_I64, (int64_t)w->rows);
    put_groups(w, &t);
    put_metadata(w, &t);
    sl_pq_t_text(&t, 6, w->created_by);
    put_orders(w, &t);
    sl_pq_t_end(&t);
    if (t.rc)
        return t.rc;
    if (w->raw.len > INT32_MAX)
        return SL_PQ_E_LIMIT;
    sl_pq_store32(tail, (uint32_t)w->raw.len);
    memcpy(tail + 4, "PAR1", 4);
    rc = sl_pq_writer_append(w, w->raw.ptr, w->raw.len);
    return rc ? rc : sl_pq_writer_append(w, tail, sizeof(tail));
}
