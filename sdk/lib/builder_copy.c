/* SPDX-License-Identifier: Apache-2.0
 *
 * sdk/lib/builder_copy.c - whole rows from LIKE into a builder: bytes, slots, sidecars.
 *
 * Neighbouring rows are copied with one memcpy; each slot then moves by how far its row moved: one
 * add per slot, eight at a time. When LIKE's slots mean something else, or are not there, the new
 * batch has none: readers find the values by walking.
 */
#include "sdk/lib/builder_priv.h"

#include <string.h>

typedef uint32_t eight __attribute__((vector_size(32), aligned(4), may_alias));

/* Move N slots (a multiple of 8) by DELTA; 0 stays 0: there is no value. */
static void move_slots(uint32_t *to, const uint32_t *from, uint32_t n, uint32_t delta)
{
    for (uint32_t i = 0; i < n; i += 8) {
        eight v = *(const eight *)(const void *)(from + i);
        *(eight *)(void *)(to + i) = v + ((eight)(v != 0) & delta);
    }
}

/* The rows to copy: ROW[0..N), or with ROW NULL the first N. */
typedef struct rows {
    const uint16_t *row;
    uint32_t n;
} rows;

static uint32_t row_at(const rows *r, uint32_t i)
{
    return r->row ? r->row[i] : i;
}

/* How many rows from I on are neighbours in LIKE. */
static uint32_t run_length(const rows *r, uint32_t i)
{
    uint32_t n = 1;

    if (!r->row)
        return r->n - i;
    while (i + n < r->n && r->row[i + n] == r->row[i] + n)
        n++;
    return n;
}

static uint64_t count_bytes(const sl_batch *like, const rows *r)
{
    uint64_t bytes = 0;

    if (!r->row)
        return like->rec[r->n] - like->rec[0];
    for (uint32_t i = 0; i < r->n; i++)
        bytes += like->rec[r->row[i] + 1] - like->rec[r->row[i]];
    return bytes;
}

/* Append rows FIRST.. of LIKE, N neighbours, for which there is room. */
static void copy_run(sl_builder *b, const sl_batch *like, uint32_t first, uint32_t n)
{
    uint32_t begin = like->rec[first];
    uint32_t bytes = like->rec[first + n] - begin;
    uint32_t at = b->rec[b->nrec];
    uint32_t width = b->stride < like->stride ? b->stride : like->stride;

    memcpy(b->body + at, like->body + begin, bytes);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t to = b->nrec + i;
        b->rec[to + 1] = like->rec[first + i + 1] + (at - begin);
        b->from[to] = (uint16_t)(first + i);
        if (b->slot)
            move_slots(b->slot + (size_t)to * b->stride,
                       like->slot + (size_t)(first + i) * like->stride, width, at - begin);
    }
    b->nrec += n;
    b->cur = b->body + b->rec[b->nrec];
}

sl_status sl_builder_copy(sl_builder *b, const uint16_t *row, uint32_t n)
{
    sl_builder_priv *p = sl_builder_priv_of(b);
    const sl_batch *like = p->like;
    rows r = {row, n};
    sl_status rc;

    if (!like)
        return SL_E_FATAL;
    if (!row) {
        r.row = like->sel;
        r.n = like->nsel;
    }
    if (!r.n)
        return SL_OK;
    b->cur = b->body + b->rec[b->nrec];
    rc = sl_builder_need_rows(p, r.n);
    if (rc == SL_OK)
        rc = sl_builder_need_bytes(p, count_bytes(like, &r));
    if (rc != SL_OK)
        return rc;
    if (!like->slot || like->paths != p->set || like->nslot < b->nslot)
        sl_builder_drop_slots(p);
    for (uint32_t i = 0; i < r.n;) {
        uint32_t run = run_length(&r, i);
        copy_run(b, like, row_at(&r, i), run);
        i += run;
    }
    return SL_OK;
}
