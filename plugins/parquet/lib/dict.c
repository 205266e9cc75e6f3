/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/parquet/lib/dict.c - dictionaries: built while values come, given up when they don't pay.
 *
 * Byte strings are looked up as they are appended. Numbers are looked up when their page closes,
 * from the plain array. A dictionary lives for one row group. It is given up when it passes its
 * limit of bytes, when more than half of the values are new, or when hashes collide on purpose
 * (PROBES); pages that refer to it stay as they are, the open page is turned back into values. A
 * column that went without is tried again after SKIP row groups.
 */
#include "plugins/parquet/lib/pq_priv.h"

#define FIRST_SLOTS 512u
#define LEAST_SEEN  1024u /* entries before the ratio is judged inside a page */
#define PROBES      96u
#define SKIP        8u

static int alloc_slots(sl_pq_column *col, uint32_t cap)
{
    sl_pq_chunk *c = col->chunk;
    const sl_pq_memory *mem = &c->writer->mem;
    sl_pq_slot *slot;

    slot = mem->alloc(mem->ctx, (size_t)cap * sizeof(slot[0]));
    if (!slot)
        return SL_PQ_E_NOMEM;
    memset(slot, 0xff, (size_t)cap * sizeof(slot[0]));
    col->slot = slot;
    col->slot_mask = cap - 1;
    c->slot_cap = cap;
    return SL_PQ_OK;
}

static void drop_slots(sl_pq_column *col)
{
    sl_pq_release(&col->chunk->writer->mem, col->slot);
    col->slot = NULL;
}

void sl_pq_dict_fini(sl_pq_column *col)
{
    const sl_pq_memory *mem = &col->chunk->writer->mem;

    drop_slots(col);
    sl_pq_release(mem, col->dict);
    sl_pq_release(mem, col->chunk->num_slot);
    sl_pq_buf_fini(&col->chunk->dict_at);
}

static int can_have(const sl_pq_column *col)
{
    const sl_pq_chunk *c = col->chunk;

    return !c->writer->options.is_without_dictionary &&
           (c->physical == SL_PQ_P_BYTES || c->physical == SL_PQ_P_INT32 ||
            c->physical == SL_PQ_P_INT64 || c->physical == SL_PQ_P_FLOAT ||
            c->physical == SL_PQ_P_DOUBLE);
}

/* Was the dictionary of the row group that ends no use? */
static int was_useless(const sl_pq_chunk *c)
{
    return c->plain_pages > 0 &&
           (c->dict_pages == 0 || (uint64_t)c->dict_count * 2 > c->dict_values);
}

int sl_pq_dict_begin(sl_pq_column *col)
{
    sl_pq_chunk *c = col->chunk;

    if (c->dict_skip > 0)
        c->dict_skip--;
    else if (was_useless(c))
        c->dict_skip = SKIP - 1;
    drop_slots(col);
    c->dict_pages = c->plain_pages = c->dict_count = 0;
    c->dict_len = 0;
    c->dict_values = 0;
    c->dict_at.len = 0;
    c->is_dict_tried = 0;
    if (!can_have(col) || c->dict_skip > 0)
        return SL_PQ_OK;
    if (col->width) {
        c->is_dict_tried = 1;
        if (c->num_slot)
            memset(c->num_slot, 0xff, (size_t)c->num_cap * sizeof(c->num_slot[0]));
        return SL_PQ_OK;
    }
    return alloc_slots(col, FIRST_SLOTS);
}

static int grow_dict(sl_pq_column *col, size_t more)
{
    sl_pq_chunk *c = col->chunk;
    size_t need = c->dict_len + more;
    size_t cap = c->dict_cap ? c->dict_cap : 1024;
    uint8_t *p;

    if (need <= c->dict_cap)
        return SL_PQ_OK;
    while (cap < need)
        cap *= 2;
    p = sl_pq_array(&c->writer->mem, col->dict, cap, 1);
    if (!p)
        return SL_PQ_E_NOMEM;
    col->dict = p;
    c->dict_cap = cap;
    return SL_PQ_OK;
}

/* ---- byte strings ---------------------------------------------------------------------------- */

static int grow_slots(sl_pq_column *col)
{
    sl_pq_slot *old = col->slot;
    uint32_t cap = col->chunk->slot_cap, i;
    int rc = alloc_slots(col, cap * 4);

    if (rc)
        return rc;
    for (i = 0; i < cap; i++) {
        uint64_t at;

        if (old[i].index == SL_PQ_EMPTY)
            continue;
        for (at = old[i].hash & col->slot_mask; col->slot[at].index != SL_PQ_EMPTY;)
            at = (at + 1) & col->slot_mask;
        col->slot[at] = old[i];
    }
    sl_pq_release(&col->chunk->writer->mem, old);
    return SL_PQ_OK;
}

/* Nearly every value so far is new: a page full of them won't change that. */
static int is_hopeless(const sl_pq_column *col)
{
    const sl_pq_chunk *c = col->chunk;
    uint64_t seen = c->dict_values + col->nval;

    return c->dict_count >= LEAST_SEEN && (uint64_t)c->dict_count * 10 > seen * 9;
}

int sl_pq_dict_pays(const sl_pq_column *col)
{
    const sl_pq_chunk *c = col->chunk;

    return (uint64_t)c->dict_count * 2 <= c->dict_values + col->nval;
}

int sl_pq_dict_give_up(sl_pq_column *col)
{
    sl_pq_chunk *c = col->chunk;
    const uint32_t *at = (const uint32_t *)(const void *)c->dict_at.ptr;
    size_t need = 0;
    uint8_t *to;
    uint32_t i;
    int rc;

    for (i = 0; i < col->nval; i++)
        need += 4 + (size_t)sl_pq_load32(col->dict + at[col->index[i]] - 4);
    rc = sl_pq_column_grow_val(col, need + 8 + 2 * SL_PQ_PAD);
    if (rc)
        return rc;
    to = col->val;
    for (i = 0; i < col->nval; i++) {
        const uint8_t *from = col->dict + at[col->index[i]] - 4;
        size_t len = 4 + (size_t)sl_pq_load32(from);

        sl_pq_copy(to, from, len);
        to += len;
    }
    col->val_len = (size_t)(to - col->val);
    col->val_soft = 0;
    if (c->dict_pages == 0) { /* nothing refers to it: the chunk has none */
        c->dict_len = 0;
        c->dict_count = 0;
    }
    drop_slots(col);
    return SL_PQ_OK;
}

/* Append a value whose entry was made, in PLAIN form. */
static int append_plain(sl_pq_column *col, const uint8_t *ptr, size_t len)
{
    int rc = sl_pq_column_grow_val(col, col->val_len + len + 4 + 2 * SL_PQ_PAD);

    if (rc)
        return rc;
    sl_pq_store32(col->val + col->val_len, (uint32_t)len);
    sl_pq_copy(col->val + col->val_len + 4, ptr, len);
    col->val_len += 4 + len;
    col->nval++;
    return SL_PQ_OK;
}

int sl_pq_column_insert(sl_pq_column *col, uint64_t hash, const uint8_t *ptr, size_t len)
{
    sl_pq_chunk *c = col->chunk;
    uint32_t at, probes = 0;
    uint64_t i = hash & col->slot_mask;
    int rc;

    if (len > 1u << 30)
        return SL_PQ_E_LIMIT;
    for (; col->slot[i].index != SL_PQ_EMPTY; i = (i + 1) & col->slot_mask)
        probes++;
    if (probes > PROBES || c->dict_len + 4 + len > c->writer->options.dictionary_bytes ||
        is_hopeless(col)) {
        rc = sl_pq_dict_give_up(col);
        return rc ? rc : append_plain(col, ptr, len);
    }
    rc = grow_dict(col, 4 + len + SL_PQ_PAD);
    if (rc)
        return rc;
    at = (uint32_t)c->dict_len + 4;
    rc = sl_pq_buf_add(&c->dict_at, &at, sizeof(at));
    if (rc)
        return rc;
    sl_pq_store32(col->dict + c->dict_len, (uint32_t)len);
    sl_pq_copy(col->dict + at, ptr, len);
    c->dict_len += 4 + len;
    col->slot[i].hash = hash;
    col->slot[i].at = at;
    col->slot[i].index = c->dict_count;
    col->index[col->nval++] = c->dict_count++;
    return c->dict_count * 2 > c->slot_cap ? grow_slots(col) : SL_PQ_OK;
}

/* ---- numbers --------------------------------------------------------------------------------- */

static uint64_t load_number(const uint8_t *p, uint32_t width)
{
    return width == 8 ? sl_pq_load64(p) : sl_pq_load32(p);
}

static uint32_t number_place(uint64_t key, uint32_t bits)
{
    return (uint32_t)((key * 0x9e3779b97f4a7c15ULL) >> (64 - bits));
}

static int grow_numbers(sl_pq_column *col)
{
    sl_pq_chunk *c = col->chunk;
    const sl_pq_memory *mem = &c->writer->mem;
    uint32_t cap = c->num_cap ? c->num_cap * 4 : FIRST_SLOTS;
    uint32_t bits = sl_pq_bits(cap - 1);
    uint32_t *slot = mem->alloc(mem->ctx, (size_t)cap * sizeof(slot[0]));
    uint32_t i, at;

    if (!slot)
        return SL_PQ_E_NOMEM;
    memset(slot, 0xff, (size_t)cap * sizeof(slot[0]));
    for (i = 0; i < c->dict_count; i++) {
        at = number_place(load_number(col->dict + (size_t)i * col->width, col->width), bits);
        while (slot[at] != SL_PQ_EMPTY)
            at = (at + 1) & (cap - 1);
        slot[at] = i;
    }
    sl_pq_release(mem, c->num_slot);
    c->num_slot = slot;
    c->num_cap = cap;
    return SL_PQ_OK;
}

/* Would the page with COUNT entries more, and its share of the dictionary, be smaller? */
static int is_number_dict_small(const sl_pq_column *col, uint32_t added, uint32_t nval)
{
    uint64_t bits = sl_pq_bits(col->chunk->dict_count ? col->chunk->dict_count - 1 : 0);
    uint64_t bytes = bits * nval / 8 + (uint64_t)added * col->width;

    return bytes * 10 <= (uint64_t)nval * col->width * 7;
}

static int add_number(sl_pq_column *col, uint32_t at, uint64_t key)
{
    sl_pq_chunk *c = col->chunk;
    int rc = grow_dict(col, 8);

    if (rc)
        return rc;
    memcpy(col->dict + c->dict_len, &key, col->width);
    c->dict_len += col->width;
    c->num_slot[at] = c->dict_count++;
    return (uint64_t)c->dict_count * 2 > c->num_cap ? grow_numbers(col) : SL_PQ_OK;
}

/* Numbers of V's values; gives 0 as soon as more than MOST entries are in the dictionary. */
static int number_all(sl_pq_column *col, const sl_pq_view *v, uint32_t *index, uint32_t most)
{
    sl_pq_chunk *c = col->chunk;
    const uint32_t width = col->width;
    uint32_t bits = sl_pq_bits(c->num_cap - 1), i;

    for (i = 0; i < v->nval; i++) {
        uint64_t key = load_number(v->val + (size_t)i * width, width);
        uint32_t at = number_place(key, bits), probes = 0, e;

        while ((e = c->num_slot[at]) != SL_PQ_EMPTY &&
               load_number(col->dict + (size_t)e * width, width) != key) {
            at = (at + 1) & (c->num_cap - 1);
            probes++;
        }
        if (e == SL_PQ_EMPTY) {
            int rc;

            if (c->dict_count >= most || probes > PROBES)
                return 0;
            e = c->dict_count;
            rc = add_number(col, at, key);
            if (rc)
                return rc;
            bits = sl_pq_bits(c->num_cap - 1);
        }
        index[i] = e;
    }
    return 1;
}

int sl_pq_dict_numbers(sl_pq_column *col, const sl_pq_view *v)
{
    sl_pq_chunk *c = col->chunk;
    sl_pq_writer *w = c->writer;
    uint32_t before = c->dict_count;
    uint32_t most = w->options.dictionary_bytes / col->width;
    uint64_t half = (c->dict_values + v->nval) / 2;
    int rc;

    if (!c->is_dict_tried)
        return 0;
    if (half < most)
        most = (uint32_t)half;
    w->index.len = 0;
    rc = sl_pq_buf_room(&w->index, (size_t)v->nval * sizeof(uint32_t) + 64);
    if (!rc && !c->num_slot)
        rc = grow_numbers(col);
    if (rc)
        return rc;
    rc = number_all(col, v, (uint32_t *)(void *)w->index.ptr, most);
    if (rc == 1 && is_number_dict_small(col, c->dict_count - before, v->nval))
        return 1;
    if (rc < 0)
        return rc;
    c->is_dict_tried = 0; /* this group goes on without; entries only this page has are dropped */
    c->dict_count = before;
    c->dict_len = (size_t)before * col->width;
    return 0;
}
