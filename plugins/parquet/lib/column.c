/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/parquet/lib/column.c - the open page of a column: room, closing, bulk appending.
 *
 * Arrays start small and double up to what a page may hold, so that a table of thousands of columns
 * with few rows stays small. A page closes before the entry that would begin a row too many. In a
 * column with lists a row may go beyond the page's size; then row_cap is set so that the next row
 * begins a new page. Held columns don't close pages: they are cut into pages when the row group
 * ends, and so is a page whose dictionary was given up.
 */
#include "plugins/parquet/lib/pq_priv.h"

#define M(n) (UINT64_MAX >> (64 - 8 * (n)))

const uint64_t sl_pq_mask[2][17] = {
    {0, M(1), M(2), M(3), M(4), M(5), M(6), M(7), M(8), M(8), M(8), M(8), M(8), M(8), M(8), M(8),
     M(8)},
    {0, 0, 0, 0, 0, 0, 0, 0, 0, M(1), M(2), M(3), M(4), M(5), M(6), M(7), M(8)},
};

#undef M

#define FIRST_LEVELS 256u
#define VAL_SPARE    (4u + 2u * SL_PQ_PAD)

static uint32_t page_limit(const sl_pq_writer *writer, uint32_t width, uint32_t rep_max)
{
    uint64_t limit = writer->options.page_rows;
    uint64_t fit = writer->options.page_bytes / (width ? width : 4);

    if (rep_max)
        limit *= 64; /* short lists are counted by bytes */
    if (fit < limit)
        limit = fit;
    return limit ? (uint32_t)limit : 1;
}

sl_pq_column *sl_pq_column_new(sl_pq_writer *writer, uint32_t node)
{
    const sl_pq_node *n = &writer->schema->node[node];
    sl_pq_column *col = sl_pq_zalloc(&writer->mem, sizeof(*col));
    sl_pq_chunk *c = sl_pq_zalloc(&writer->mem, sizeof(*c));

    if (!col || !c) {
        sl_pq_release(&writer->mem, col);
        sl_pq_release(&writer->mem, c);
        return NULL;
    }
    col->chunk = c;
    col->def_max = n->def;
    col->width = n->width;
    c->writer = writer;
    c->node = node;
    c->rep_max = n->rep;
    c->physical = n->physical;
    c->order = n->order;
    c->lev_limit = page_limit(writer, n->width, n->rep);
    c->pages.mem = c->info.mem = c->bounds.mem = c->levels.mem = c->dict_at.mem = &writer->mem;
    c->file_min.mem = c->file_max.mem = &writer->mem;
    c->has_file_bounds = 1;
    if (sl_pq_column_restart(col)) {
        sl_pq_column_free(col);
        return NULL;
    }
    return col;
}

void sl_pq_column_free(sl_pq_column *col)
{
    const sl_pq_memory *mem;

    if (!col)
        return;
    mem = &col->chunk->writer->mem;
    sl_pq_dict_fini(col);
    sl_pq_buf_fini(&col->chunk->pages);
    sl_pq_buf_fini(&col->chunk->info);
    sl_pq_buf_fini(&col->chunk->bounds);
    sl_pq_buf_fini(&col->chunk->levels);
    sl_pq_buf_fini(&col->chunk->file_min);
    sl_pq_buf_fini(&col->chunk->file_max);
    sl_pq_release(mem, col->def);
    sl_pq_release(mem, col->rep);
    sl_pq_release(mem, col->val);
    sl_pq_release(mem, col->index);
    mem->release(mem->ctx, col->chunk);
    mem->release(mem->ctx, col);
}

uint64_t sl_pq_column_rows(const sl_pq_column *col)
{
    return col->chunk->rows + col->row;
}

uint64_t sl_pq_column_open_bytes(const sl_pq_column *col)
{
    uint64_t values = col->width ? (uint64_t)col->nval * col->width : col->val_len;

    return values + (col->slot ? (uint64_t)col->nval * 4 + col->chunk->dict_len : 0) + col->nlev;
}

/* Limits of a page that begins. A row may have made the arrays larger than a page. */
static void set_limits(sl_pq_column *col)
{
    const sl_pq_chunk *c = col->chunk;

    col->row_cap = c->is_held ? UINT32_MAX : c->writer->options.page_rows;
    if (c->is_held)
        return;
    if (!c->rep_max && c->lev_limit < col->row_cap)
        col->row_cap = c->lev_limit;
    if (col->lev_cap > c->lev_limit)
        col->lev_cap = c->lev_limit;
}

static int grow_block(const sl_pq_memory *mem, uint8_t **block, size_t count, size_t size)
{
    uint8_t *p = sl_pq_array(mem, *block, count, size);

    if (!p)
        return SL_PQ_E_NOMEM;
    *block = p;
    return SL_PQ_OK;
}

/* Room for at least one more entry; beyond the page's limit only inside a row, or when held. */
static int grow_levels(sl_pq_column *col)
{
    sl_pq_chunk *c = col->chunk;
    const sl_pq_memory *mem = &c->writer->mem;
    uint32_t cap = col->lev_cap ? col->lev_cap : FIRST_LEVELS / 2;
    uint32_t *index;

    if (cap > UINT32_MAX / 4)
        return SL_PQ_E_LIMIT;
    cap *= 2;
    if (!c->is_held && cap > c->lev_limit && col->nlev < c->lev_limit)
        cap = c->lev_limit;
    if (grow_block(mem, &col->def, cap, 1) || (c->rep_max && grow_block(mem, &col->rep, cap, 1)))
        return SL_PQ_E_NOMEM;
    if (!col->width && !c->writer->options.is_without_dictionary) {
        index = sl_pq_array(mem, col->index, cap, sizeof(*index));
        if (!index)
            return SL_PQ_E_NOMEM;
        col->index = index;
    }
    col->lev_cap = cap;
    return SL_PQ_OK;
}

static int is_due(const sl_pq_column *col)
{
    const sl_pq_chunk *c = col->chunk;

    return !c->is_held && col->nlev > 0 &&
           (col->row >= c->writer->options.page_rows || col->nlev >= c->lev_limit);
}

int sl_pq_column_room(sl_pq_column *col, uint32_t rep)
{
    int rc;

    if (rep == 0 && is_due(col)) {
        rc = sl_pq_column_drain(col);
        if (rc)
            return rc;
    }
    if (col->nlev == col->lev_cap) {
        rc = grow_levels(col);
        if (rc)
            return rc;
    }
    if (!col->chunk->is_held && col->lev_cap > col->chunk->lev_limit && rep != 0)
        col->row_cap = col->row;
    return SL_PQ_OK;
}

int sl_pq_column_values(sl_pq_column *col, uint32_t n)
{
    uint32_t cap = col->val_max ? col->val_max : FIRST_LEVELS / 4;

    if (n < col->val_max - col->nval) /* the bulk form writes one beyond */
        return SL_PQ_OK;
    while (cap - col->nval <= n) {
        if (cap > UINT32_MAX / 4)
            return SL_PQ_E_LIMIT;
        cap *= 2;
    }
    if (grow_block(&col->chunk->writer->mem, &col->val, cap, col->width))
        return SL_PQ_E_NOMEM;
    col->val_max = cap;
    return SL_PQ_OK;
}

int sl_pq_column_grow_val(sl_pq_column *col, size_t bytes)
{
    sl_pq_chunk *c = col->chunk;
    size_t cap = c->val_cap ? c->val_cap : 4096;

    if (bytes <= c->val_cap)
        return SL_PQ_OK;
    while (cap < bytes)
        if (__builtin_mul_overflow(cap, (size_t)2, &cap))
            return SL_PQ_E_NOMEM;
    if (grow_block(&c->writer->mem, &col->val, cap, 1))
        return SL_PQ_E_NOMEM;
    c->val_cap = cap;
    return SL_PQ_OK;
}

int sl_pq_column_space(sl_pq_column *col, uint32_t rep, size_t need)
{
    const size_t page = col->chunk->writer->options.page_bytes;
    int rc;

    if (need > 1u << 30)
        return SL_PQ_E_LIMIT;
    if (rep == 0 && col->nlev > 0 && col->val_len + need > page) {
        rc = sl_pq_column_drain(col);
        if (rc)
            return rc;
    }
    rc = sl_pq_column_grow_val(col, col->val_len + need + 1 + VAL_SPARE);
    if (rc)
        return rc;
    col->val_soft = col->chunk->val_cap - VAL_SPARE;
    if (col->val_soft > page)
        col->val_soft = page;
    if (col->val_soft <= col->val_len + need) /* one value, or one row, beyond a page */
        col->val_soft = col->val_len + need + 1;
    return SL_PQ_OK;
}

/* ---- closing --------------------------------------------------------------------------------- */

static size_t plain_bytes(const sl_pq_column *col, const uint8_t *val)
{
    return col->width ? col->width : 4 + (size_t)sl_pq_load32(val);
}

/* Cut V down to the first rows that fill a page; the rest stays for the next call. */
static void cut_view(const sl_pq_column *col, const sl_pq_view *all, sl_pq_view *v)
{
    const sl_pq_options *o = &col->chunk->writer->options;
    const uint8_t *val = all->val;
    uint32_t i;

    *v = *all;
    v->rows = v->nval = 0;
    for (i = 0; i < all->nlev; i++) {
        int is_row = !all->rep || all->rep[i] == 0;

        if (is_row && i > 0 &&
            (v->rows >= o->page_rows || (size_t)(val - all->val) >= o->page_bytes))
            break;
        v->rows += (uint32_t)is_row;
        if (all->def[i] == col->def_max) {
            v->nval++;
            val += plain_bytes(col, val);
        }
    }
    v->nlev = i;
    v->val_len = (size_t)(val - all->val);
}

static int put_cut(sl_pq_column *col, sl_pq_view all)
{
    while (all.nlev > 0) {
        sl_pq_view v;
        int rc;

        cut_view(col, &all, &v);
        rc = sl_pq_page_put(col, &v);
        if (rc)
            return rc;
        all.def += v.nlev;
        if (all.rep)
            all.rep += v.nlev;
        all.val += v.val_len;
        all.nlev -= v.nlev;
    }
    return SL_PQ_OK;
}

int sl_pq_column_drain(sl_pq_column *col)
{
    sl_pq_view v;
    int rc, is_cut;

    if (col->nlev == 0)
        return SL_PQ_OK;
    if (col->slot && !sl_pq_dict_pays(col)) {
        rc = sl_pq_dict_give_up(col);
        if (rc)
            return rc;
    }
    memset(&v, 0, sizeof(v));
    v.def = col->def;
    v.rep = col->rep;
    v.val = col->val;
    v.index = col->slot ? col->index : NULL;
    v.val_len = col->width ? (size_t)col->nval * col->width : col->val_len;
    v.nlev = col->nlev;
    v.nval = col->nval;
    v.rows = col->row;
    is_cut = col->chunk->is_held ||
             (!col->width && !v.index && v.val_len > col->chunk->writer->options.page_bytes);
    rc = is_cut ? put_cut(col, v) : sl_pq_page_put(col, &v);
    if (rc)
        return rc;
    col->nlev = col->nval = col->row = 0;
    col->val_len = 0;
    if (col->val_soft > col->chunk->writer->options.page_bytes)
        col->val_soft = col->chunk->writer->options.page_bytes;
    set_limits(col);
    return SL_PQ_OK;
}

int sl_pq_column_restart(sl_pq_column *col)
{
    sl_pq_chunk *c = col->chunk;

    c->pages.len = c->info.len = c->bounds.len = c->levels.len = 0;
    c->rows = c->values = c->nulls = c->nans = 0;
    c->raw_bytes = c->unencoded = 0;
    c->is_held = 0;
    set_limits(col);
    return sl_pq_dict_begin(col);
}

/* ---- holding --------------------------------------------------------------------------------- */

int sl_pq_column_hold(sl_pq_column *col)
{
    sl_pq_chunk *c = col->chunk;
    sl_pq_kind kind = c->writer->schema->node[c->node].field.kind;

    if (c->info.len || !(kind == SL_PQ_INT64 || (kind == SL_PQ_DECIMAL && col->width > 8)))
        return SL_PQ_E_USE;
    c->is_held = 1;
    set_limits(col);
    return SL_PQ_OK;
}

int sl_pq_column_to_double(sl_pq_column *col)
{
    sl_pq_chunk *c = col->chunk;
    sl_pq_node *node = &c->writer->schema->node[c->node];
    const int64_t most = INT64_C(1) << 53;
    uint32_t i;
    int64_t v;

    if (node->field.kind != SL_PQ_INT64 || c->info.len || c->writer->groups.len)
        return SL_PQ_E_USE;
    for (i = 0; i < col->nval; i++) {
        memcpy(&v, col->val + (size_t)i * 8, sizeof(v));
        if ((v > most || v < -most) && (v >= INT64_MAX - 1024 || (int64_t)(double)v != v))
            return SL_PQ_E_LIMIT;
    }
    for (i = 0; i < col->nval; i++) {
        double d;

        memcpy(&v, col->val + (size_t)i * 8, sizeof(v));
        d = (double)v;
        memcpy(col->val + (size_t)i * 8, &d, sizeof(d));
    }
    node->field.kind = SL_PQ_DOUBLE;
    sl_pq_node_set_type(node);
    c->physical = node->physical;
    c->order = node->order;
    return SL_PQ_OK;
}

/* Big-endian two's complement of N bytes. */
static __int128 load_decimal(const uint8_t *p, uint32_t n)
{
    unsigned __int128 v = p[0] & 0x80 ? ~(unsigned __int128)0 : 0;
    uint32_t i;

    for (i = 0; i < n; i++)
        v = v << 8 | p[i];
    return (__int128)v;
}

static void store_decimal(uint8_t *p, uint32_t n, __int128 value)
{
    unsigned __int128 v = (unsigned __int128)value;

    while (n-- > 0) {
        p[n] = (uint8_t)v;
        v >>= 8;
    }
}

int sl_pq_column_rescale(sl_pq_column *col, int32_t scale)
{
    sl_pq_chunk *c = col->chunk;
    sl_pq_node *node = &c->writer->schema->node[c->node];
    __int128 factor = 1, most = 1;
    uint32_t i, w = col->width;

    if (node->field.kind != SL_PQ_DECIMAL || w <= 8 || c->info.len || c->writer->groups.len ||
        scale < node->field.scale || scale > node->field.precision)
        return SL_PQ_E_USE;
    for (i = 0; i < (uint32_t)(scale - node->field.scale); i++)
        factor *= 10;
    for (i = 0; i < (uint32_t)node->field.precision; i++)
        most *= 10;
    most = (most - 1) / factor;
    for (i = 0; i < col->nval; i++) {
        __int128 v = load_decimal(col->val + (size_t)i * w, w);

        if (v > most || v < -most)
            return SL_PQ_E_LIMIT;
    }
    for (i = 0; i < col->nval; i++) {
        uint8_t *p = col->val + (size_t)i * w;

        store_decimal(p, w, load_decimal(p, w) * factor);
    }
    node->field.scale = scale;
    return SL_PQ_OK;
}

/* ---- many at once ---------------------------------------------------------------------------- */

/* Entries that fit without another look, at most N; makes room first when there is none. */
static int take_room(sl_pq_column *col, uint32_t n, uint32_t *fit)
{
    uint32_t room;

    if (col->nlev == col->lev_cap || col->row == col->row_cap) {
        int rc = sl_pq_column_room(col, 0);

        if (rc)
            return rc;
    }
    room = col->lev_cap - col->nlev;
    if (col->row_cap - col->row < room)
        room = col->row_cap - col->row;
    *fit = n < room ? n : room;
    return SL_PQ_OK;
}

static void put_levels(sl_pq_column *col, const uint8_t *def, uint32_t n)
{
    if (def)
        memcpy(col->def + col->nlev, def, n);
    else
        memset(col->def + col->nlev, (int)col->def_max, n);
    if (col->rep)
        memset(col->rep + col->nlev, 0, n);
    col->nlev += n;
    col->row += n;
}

int sl_pq_add_null_n(sl_pq_column *col, uint32_t def, uint32_t n)
{
    while (n > 0) {
        uint32_t fit = 0;
        int rc = take_room(col, n, &fit);

        if (rc)
            return rc;
        memset(col->def + col->nlev, (int)def, fit);
        if (col->rep)
            memset(col->rep + col->nlev, 0, fit);
        col->nlev += fit;
        col->row += fit;
        n -= fit;
    }
    return SL_PQ_OK;
}

int sl_pq_add_u64_n(sl_pq_column *col, const uint64_t *v, const uint8_t *def, uint32_t n)
{
    while (n > 0) {
        uint32_t fit = 0, i;
        uint8_t *to;
        int rc = take_room(col, n, &fit);

        if (!rc)
            rc = sl_pq_column_values(col, fit);
        if (rc)
            return rc;
        put_levels(col, def, fit);
        to = col->val + (size_t)col->nval * 8;
        if (!def) {
            memcpy(to, v, (size_t)fit * 8);
            col->nval += fit;
        } else {
            for (i = 0; i < fit; i++) { /* a null's place is overwritten by the next value */
                sl_pq_store64(to, v[i]);
                to += (size_t)(def[i] == col->def_max) * 8;
            }
            col->nval = (uint32_t)((size_t)(to - col->val) / 8);
            def += fit;
        }
        v += fit;
        n -= fit;
    }
    return SL_PQ_OK;
}

#define AHEAD 16u

/* Look N values up, a few at a time: hashes first, so that their places arrive meanwhile. Gives
 * how many were noted before the dictionary was given up. */
static int note_many(sl_pq_column *col, const sl_pq_bytes *v, const uint8_t *def, uint32_t n,
                     uint32_t *done)
{
    uint64_t hash[AHEAD];
    uint32_t i, j, k;

    for (i = 0; i < n; i += k) {
        k = n - i < AHEAD ? n - i : AHEAD;
        for (j = 0; j < k; j++) {
            if (def && def[i + j] != col->def_max)
                continue;
            hash[j] = sl_pq_hash(v[i + j].ptr, v[i + j].len);
            __builtin_prefetch(&col->slot[hash[j] & col->slot_mask]);
        }
        for (j = 0; j < k; j++) {
            uint8_t level = def ? def[i + j] : (uint8_t)col->def_max;
            int rc = sl_pq_entry(col, 0, level);

            if (rc)
                return rc;
            if (level == col->def_max) {
                rc = sl_pq_note(col, hash[j], v[i + j].ptr, v[i + j].len);
                if (rc)
                    return rc;
            }
            if (!col->slot) {
                *done = i + j + 1;
                return SL_PQ_OK;
            }
        }
    }
    *done = n;
    return SL_PQ_OK;
}

int sl_pq_add_bytes_n(sl_pq_column *col, const sl_pq_bytes *v, const uint8_t *def, uint32_t n)
{
    uint32_t i = 0;
    int rc;

    while (col->slot && i < n) {
        uint32_t fit = 0, done = 0;

        rc = take_room(col, n - i, &fit); /* may close the page and give the dictionary up */
        if (rc)
            return rc;
        if (!col->slot)
            break;
        rc = note_many(col, v + i, def ? def + i : NULL, fit, &done);
        if (rc)
            return rc;
        i += done;
    }
    for (; i < n; i++) {
        rc = def && def[i] != col->def_max ? sl_pq_add_null(col, 0, def[i])
                                           : sl_pq_add_bytes(col, 0, v[i].ptr, v[i].len);
        if (rc)
            return rc;
    }
    return SL_PQ_OK;
}
