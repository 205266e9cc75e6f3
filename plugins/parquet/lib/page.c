/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/parquet/lib/page.c - from a stretch of a column to the bytes of a page.
 *
 * A v1 page is a header and one compressed body: repetition levels, definition levels (each with
 * a 4-byte length), values. The table ENCODINGS holds the ways to write values; pick_encoding
 * chooses among them. Counts and bounds of the page are noted for statistics and indexes.
 */
#include "plugins/parquet/lib/pq_priv.h"
#include "plugins/parquet/lib/rle.h"

#define PAGE_DATA 0
#define PAGE_DICT 2

typedef struct encoding {
    const char *name;
    int32_t id;
    /* Append the values of V to the writer's scratch. */
    int (*put)(sl_pq_column *col, const sl_pq_view *v);
} encoding;

static int put_bools(sl_pq_buf *out, const sl_pq_view *v)
{
    size_t bytes = ((size_t)v->nval + 7) / 8;
    uint32_t i;
    int rc = sl_pq_buf_room(out, bytes);

    if (rc)
        return rc;
    memset(out->ptr + out->len, 0, bytes);
    for (i = 0; i < v->nval; i++)
        out->ptr[out->len + i / 8] |= (uint8_t)(v->val[i] << (i % 8));
    out->len += bytes;
    return SL_PQ_OK;
}

static int put_plain(sl_pq_column *col, const sl_pq_view *v)
{
    sl_pq_buf *out = &col->chunk->writer->raw;

    if (col->chunk->physical == SL_PQ_P_BOOL)
        return put_bools(out, v);
    return sl_pq_buf_add(out, v->val, v->val_len);
}

static int put_dict(sl_pq_column *col, const sl_pq_view *v)
{
    sl_pq_buf *out = &col->chunk->writer->raw;
    uint32_t entries = col->chunk->dict_count;
    uint8_t width = (uint8_t)(entries > 1 ? sl_pq_bits(entries - 1) : 1);
    int rc = sl_pq_buf_add(out, &width, 1);

    if (rc || v->nval == 0)
        return rc;
    return sl_pq_rle_put(out, v->index, v->nval, width);
}

static const encoding ENCODINGS[] = {
    {"PLAIN", SL_PQ_E_PLAIN, put_plain},
    {"RLE_DICTIONARY", SL_PQ_E_RLE_DICT, put_dict},
};

/* Numbers get their dictionary numbers here; V then points at them. Gives the encoding. */
static int pick_encoding(sl_pq_column *col, sl_pq_view *v, const encoding **picked)
{
    int rc;

    *picked = &ENCODINGS[v->index != NULL];
    if (v->index || !col->width || v->nval == 0 || col->chunk->physical == SL_PQ_P_BOOL)
        return SL_PQ_OK;
    rc = sl_pq_dict_numbers(col, v);
    if (rc < 0)
        return rc;
    if (rc) {
        v->index = (const uint32_t *)(const void *)col->chunk->writer->index.ptr;
        *picked = &ENCODINGS[1];
    }
    return SL_PQ_OK;
}

static int put_levels(sl_pq_column *col, const sl_pq_view *v)
{
    sl_pq_buf *raw = &col->chunk->writer->raw, *scratch = &col->chunk->writer->index;
    int rc = SL_PQ_OK;

    if (col->chunk->rep_max)
        rc = sl_pq_rle_levels(raw, v->rep, v->nlev, sl_pq_bits(col->chunk->rep_max), scratch);
    if (!rc && col->def_max)
        rc = sl_pq_rle_levels(raw, v->def, v->nlev, sl_pq_bits(col->def_max), scratch);
    return rc;
}

/* ---- counts ---------------------------------------------------------------------------------- */

static void count_levels(const uint8_t *levels, uint32_t n, uint32_t max, uint64_t *count)
{
    uint32_t i, k = 0;

    for (i = 0; i <= max; i++)
        count[i] = 0;
    if (!levels || n == 0) {
        count[0] = n;
        return;
    }
    if (memcmp(levels, levels + 1, n - 1) == 0) {
        count[levels[0]] = n;
        return;
    }
    if (max == 1) {
        for (i = 0; i < n; i++)
            k += levels[i];
        count[1] = k;
        count[0] = n - k;
        return;
    }
    for (i = 0; i < n; i++)
        count[levels[i]]++;
}

static int note_levels(sl_pq_column *col, const sl_pq_view *v)
{
    sl_pq_chunk *c = col->chunk;
    size_t bytes = (c->rep_max + col->def_max + 2) * sizeof(uint64_t);
    uint64_t *count;
    int rc = sl_pq_buf_room(&c->levels, bytes);

    if (rc)
        return rc;
    count = (uint64_t *)(void *)(c->levels.ptr + c->levels.len);
    count_levels(v->rep, v->nlev, c->rep_max, count);
    count_levels(v->def, v->nlev, col->def_max, count + c->rep_max + 1);
    c->levels.len += bytes;
    return SL_PQ_OK;
}

static uint64_t unencoded_bytes(const sl_pq_column *col, const sl_pq_view *v)
{
    const uint32_t *at = (const uint32_t *)(const void *)col->chunk->dict_at.ptr;
    uint64_t bytes = 0;
    uint32_t i;

    if (col->width)
        return 0;
    if (!v->index)
        return v->val_len - 4 * (uint64_t)v->nval;
    for (i = 0; i < v->nval; i++)
        bytes += sl_pq_load32(col->dict + at[v->index[i]] - 4);
    return bytes;
}

/* ---- header ---------------------------------------------------------------------------------- */

/* Compress RAW as the writer's codec does; PACKED is what to store. */
static int pack_body(sl_pq_writer *w, sl_pq_effort *effort, const sl_pq_buf *raw,
                     sl_pq_bytes *packed)
{
    int rc;

    packed->ptr = raw->ptr;
    packed->len = raw->len;
    if (raw->len > INT32_MAX)
        return SL_PQ_E_LIMIT;
    if (!w->packer.info->pack)
        return SL_PQ_OK;
    rc = sl_pq_packer_pack(&w->packer, effort, raw->ptr, raw->len, &w->packed, &w->spare);
    packed->ptr = w->packed.ptr;
    packed->len = w->packed.len;
    if (!rc && packed->len > INT32_MAX)
        rc = SL_PQ_E_LIMIT;
    return rc;
}

static int put_header(sl_pq_writer *w, int32_t type, size_t raw_len, const sl_pq_bytes *packed,
                      int32_t encoding_id, uint32_t count)
{
    sl_pq_thrift t;

    w->head.len = 0;
    sl_pq_t_init(&t, &w->head);
    sl_pq_t_int(&t, 1, SL_PQ_T_I32, type);
    sl_pq_t_int(&t, 2, SL_PQ_T_I32, (int64_t)raw_len);
    sl_pq_t_int(&t, 3, SL_PQ_T_I32, (int64_t)packed->len);
    if (!w->options.is_without_crc)
        sl_pq_t_int(&t, 4, SL_PQ_T_I32, (int32_t)sl_pq_crc32(0, packed->ptr, packed->len));
    sl_pq_t_begin(&t, type == PAGE_DATA ? 5 : 7);
    sl_pq_t_int(&t, 1, SL_PQ_T_I32, count);
    sl_pq_t_int(&t, 2, SL_PQ_T_I32, encoding_id);
    if (type == PAGE_DATA) {
        sl_pq_t_int(&t, 3, SL_PQ_T_I32, SL_PQ_E_RLE);
        sl_pq_t_int(&t, 4, SL_PQ_T_I32, SL_PQ_E_RLE);
    }
    sl_pq_t_end(&t);
    sl_pq_t_end(&t);
    return t.rc;
}

/* Compress RAW and append header and body to OUT. */
static int put_page(sl_pq_writer *w, sl_pq_effort *effort, int32_t type, const sl_pq_buf *raw,
                    int32_t encoding_id, uint32_t count, sl_pq_buf *out)
{
    sl_pq_bytes packed;
    int rc = pack_body(w, effort, raw, &packed);

    if (!rc)
        rc = put_header(w, type, raw->len, &packed, encoding_id, count);
    if (!rc)
        rc = sl_pq_buf_add(out, w->head.ptr, w->head.len);
    if (!rc)
        rc = sl_pq_buf_add(out, packed.ptr, packed.len);
    return rc;
}

/* ---- pages ----------------------------------------------------------------------------------- */

static void count_page(sl_pq_column *col, const sl_pq_view *v, const sl_pq_page *page)
{
    sl_pq_chunk *c = col->chunk;

    c->rows += v->rows;
    c->values += v->nlev;
    c->nulls += page->nulls;
    c->unencoded += page->unencoded;
    c->raw_bytes += c->writer->head.len + c->writer->raw.len;
    c->writer->encoded += page->bytes;
    if (v->index) {
        c->dict_pages++;
        c->dict_values += v->nval;
    } else {
        c->plain_pages++;
    }
}

int sl_pq_page_put(sl_pq_column *col, const sl_pq_view *view)
{
    sl_pq_chunk *c = col->chunk;
    sl_pq_writer *w = c->writer;
    const encoding *enc = NULL;
    sl_pq_view v = *view;
    sl_pq_page page;
    int rc;

    w->raw.len = 0;
    memset(&page, 0, sizeof(page));
    page.at = c->pages.len;
    page.rows = v.rows;
    page.nulls = v.nlev - v.nval;
    page.is_null = v.nval == 0;
    page.unencoded = unencoded_bytes(col, &v);
    rc = put_levels(col, &v);
    if (!rc)
        rc = pick_encoding(col, &v, &enc);
    if (!rc)
        rc = enc->put(col, &v);
    if (!rc)
        rc = sl_pq_stats_page(col, &v, &page);
    if (!rc)
        rc = note_levels(col, &v);
    if (!rc)
        rc = put_page(w, &c->effort, PAGE_DATA, &w->raw, enc->id, v.nlev, &c->pages);
    if (rc)
        return rc;
    page.bytes = (uint32_t)(c->pages.len - page.at);
    count_page(col, &v, &page);
    return sl_pq_buf_add(&c->info, &page, sizeof(page));
}

int sl_pq_page_put_dict(sl_pq_column *col, sl_pq_buf *out)
{
    sl_pq_chunk *c = col->chunk;
    sl_pq_buf raw = {.ptr = col->dict, .len = c->dict_len};
    int rc =
        put_page(c->writer, &c->dict_effort, PAGE_DICT, &raw, SL_PQ_E_PLAIN, c->dict_count, out);

    if (!rc)
        c->raw_bytes += c->writer->head.len + c->dict_len;
    return rc;
}
