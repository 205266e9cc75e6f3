/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/select/row.c - writes the columns of keep: the fast road.
 *
 * Slots say where each value is, so a row is a series of short copies: encoded key, encoded value.
 * Room for the whole row is made once, with some to spare, so that both are copied in blocks of 32
 * bytes that may run over: bodies and keys have 64 readable bytes behind them, and what was written
 * too far is written over by the next key. Maps take the slow road of walk.c, because what lies
 * below them needs slots as well.
 */
#include "plugins/select/priv.h"

/* Bytes of a value by its first byte; 0: it depends. */
static const uint8_t spans[256] = {
    [0x00 ... 0x7f] = 1,
    [0xa0] = 1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    10,
    11,
    12,
    13,
    14,
    15,
    16,
    17,
    18,
    19,
    20,
    21,
    22,
    23,
    24,
    25,
    26,
    27,
    28,
    29,
    30,
    31,
    32,
    [0xc0] = 1,
    [0xc2 ... 0xc3] = 1,
    [0xca] = 5,
    [0xcb] = 9,
    [0xcc] = 2,
    [0xcd] = 3,
    [0xce] = 5,
    [0xcf] = 9,
    [0xd0] = 2,
    [0xd1] = 3,
    [0xd2] = 5,
    [0xd3] = 9,
    [0xd4] = 3,
    [0xd5] = 4,
    [0xd6] = 6,
    [0xd7] = 10,
    [0xd8] = 18,
    [0xe0 ... 0xff] = 1,
};

static inline uint64_t span_of(const uint8_t *p)
{
    uint8_t n = spans[*p];

    if (__builtin_expect(n != 0, 1))
        return n;
    if (*p == 0xd9)
        return 2u + p[1];
    return (uint64_t)(sl_val_skip(p) - p);
}

static inline int is_map(uint8_t c)
{
    return (c & 0xf0) == 0x80 || c == 0xde || c == 0xdf;
}

static inline void copy_over(uint8_t *to, const uint8_t *from, uint64_t n)
{
    memcpy(to, from, 32);
    for (uint64_t i = 32; i < n; i += 32)
        memcpy(to + i, from + i, 32);
}

/* The column's value in the exploded element; NULL when it is not there. */
static const uint8_t *in_element(const sl_sel_row *r, const sl_sel_column *column)
{
    sl_val v;

    if (!r->element)
        return NULL;
    v = *r->element;
    for (uint32_t i = 0; i < column->tail_n; i++) {
        sl_val inner;

        if (!sl_val_find(&v, column->tail[i].ptr, column->tail[i].len, &inner))
            return NULL;
        v = inner;
    }
    return v.raw;
}

static inline const uint8_t *find(const sl_sel_row *r, const sl_sel_column *column)
{
    uint32_t at;

    if (__builtin_expect(column->is_element != 0, 0))
        return in_element(r, column);
    at = sl_batch_at(r->batch, r->row, column->path);
    return at ? r->batch->body + at : NULL;
}

/* Write the column's key, and remember where its value goes. */
static inline uint8_t *put_key(sl_sel_row *r, const sl_sel_column *column)
{
    sl_builder *b = r->b;
    uint8_t *p = b->cur;

    copy_over(p, column->text, column->text_len);
    p += column->text_len;
    if (r->slot && column->key->slot < b->nslot)
        r->slot[column->key->slot] = (uint32_t)(p - b->body);
    else
        r->all = 0;
    r->count++;
    return p;
}

/* The columns that need more than a copy: casts, maps. ROOM is what the row needs at most. */
static void put_special(sl_sel_row *r, const sl_sel_column *column, const uint8_t *raw,
                        uint64_t room)
{
    const sl_sel_rule *rule = column->rule;
    uint8_t buf[SL_CAST_ROOM + SL_SEL_PAD];
    const uint8_t *from;
    uint64_t n;
    sl_val v;

    (void)sl_val_read(raw, &v);
    if (rule && rule->cast) {
        if (!sl_cast_apply(&r->self->days, rule->cast, &v, buf, &from, &n)) {
            if (!r->self->null_on_error) {
                sl_sel_row_fail(r, "select.cast", column->from, rule->cast, &v);
                return;
            }
            buf[0] = 0xc0;
            from = buf;
            n = 1;
        }
        raw = from;
    } else if (v.type == SL_V_MAP) {
        (void)sl_sel_write_value(r, column->text + column->name_at,
                                 column->text_len - column->name_at, &v, rule);
        if (r->status == SL_OK)
            (void)sl_sel_room(r, room);
        return;
    } else {
        n = span_of(raw);
    }
    r->b->cur = put_key(r, column);
    copy_over(r->b->cur, raw, n);
    r->b->cur += n;
}

sl_status sl_sel_write_columns(sl_sel_row *r)
{
    const sl_instance *self = r->self;
    const uint32_t *rec = r->batch->rec + r->row;
    uint64_t room = (uint64_t)self->covers * (rec[1] - rec[0]) + self->key_bytes +
                    (uint64_t)self->columns * SL_CAST_ROOM + 4 * SL_SEL_PAD;

    if (!sl_sel_room(r, room))
        return r->status;
    for (uint32_t i = 0; i < self->columns && r->status == SL_OK; i++) {
        const sl_sel_column *column = &self->column[i];
        const uint8_t *raw = find(r, column);
        uint64_t n;

        if (!raw)
            continue;
        if (__builtin_expect(column->rule != NULL || is_map(*raw), 0)) {
            put_special(r, column, raw, room);
            continue;
        }
        n = span_of(raw);
        r->b->cur = put_key(r, column);
        copy_over(r->b->cur, raw, n);
        r->b->cur += n;
    }
    return r->status;
}
