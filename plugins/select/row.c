/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/select/row.c - writes the columns of keep: the fast road.
 *
 * Slots say where each value is, so a row is a series of short copies: encoded key, encoded value.
 * Room for the whole row is made once, with some to spare, so that both are copied in blocks of 32
 * bytes and more that may run over: bodies and keys have 64 readable bytes behind them, and what
 * was written too far is written over by the next key. Maps take the slow road of walk.c, because
 * what lies below them needs slots as well.
 */
#include "plugins/select/priv.h"

#define LEAD(first, last, base, mask, kind) [first... last] = {base, mask, kind}
#define TEXT(n)                             [0xa0 + (n)] = {(n) + 1, 0, SL_SEL_K_STR}
#define TEXT8(n)                                                                                   \
    TEXT(n), TEXT((n) + 1), TEXT((n) + 2), TEXT((n) + 3), TEXT((n) + 4), TEXT((n) + 5),            \
        TEXT((n) + 6), TEXT((n) + 7)

const sl_sel_lead sl_sel_leads[256] = {
    LEAD(0x00, 0x7f, 1, 0, SL_SEL_K_INT),
    LEAD(0x80, 0x8f, 0, 0, SL_SEL_K_MAP),
    TEXT8(0),
    TEXT8(8),
    TEXT8(16),
    TEXT8(24),
    LEAD(0xc0, 0xc0, 1, 0, SL_SEL_K_NIL),
    LEAD(0xc2, 0xc3, 1, 0, SL_SEL_K_BOOL),
    LEAD(0xca, 0xca, 5, 0, SL_SEL_K_FLOAT),
    LEAD(0xcb, 0xcb, 9, 0, SL_SEL_K_FLOAT),
    LEAD(0xcc, 0xcc, 2, 0, SL_SEL_K_INT),
    LEAD(0xcd, 0xcd, 3, 0, SL_SEL_K_INT),
    LEAD(0xce, 0xce, 5, 0, SL_SEL_K_INT),
    LEAD(0xcf, 0xcf, 9, 0, SL_SEL_K_INT),
    LEAD(0xd0, 0xd0, 2, 0, SL_SEL_K_INT),
    LEAD(0xd1, 0xd1, 3, 0, SL_SEL_K_INT),
    LEAD(0xd2, 0xd2, 5, 0, SL_SEL_K_INT),
    LEAD(0xd3, 0xd3, 9, 0, SL_SEL_K_INT),
    LEAD(0xd4, 0xd4, 3, 0, SL_SEL_K_OTHER),
    LEAD(0xd5, 0xd5, 4, 0, SL_SEL_K_OTHER),
    LEAD(0xd6, 0xd6, 6, 0, SL_SEL_K_OTHER),
    LEAD(0xd7, 0xd7, 10, 0, SL_SEL_K_OTHER),
    LEAD(0xd8, 0xd8, 18, 0, SL_SEL_K_OTHER),
    LEAD(0xd9, 0xd9, 2, 0xff, SL_SEL_K_STR),
    LEAD(0xda, 0xdb, 0, 0, SL_SEL_K_STR),
    LEAD(0xde, 0xdf, 0, 0, SL_SEL_K_MAP),
    LEAD(0xe0, 0xff, 1, 0, SL_SEL_K_INT),
    /* Arrays, bytes and longer exts. */
    LEAD(0x90, 0x9f, 0, 0, SL_SEL_K_OTHER),
    LEAD(0xc4, 0xc9, 0, 0, SL_SEL_K_OTHER),
    LEAD(0xdc, 0xdd, 0, 0, SL_SEL_K_OTHER),
};

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

/* The column's value; NULL when it is absent: for columns that no slot serves. */
static const uint8_t *find(const sl_sel_row *r, const sl_sel_column *column)
{
    uint32_t at;

    if (column->is_element)
        return in_element(r, column);
    at = sl_batch_at(r->batch, r->row, column->path);
    return at ? r->batch->body + at : NULL;
}

/* The column's value at RAW, which needs a cast or is a map. ROOM is what the row needs at most. */
static void put_special(sl_sel_row *r, const sl_sel_column *column, const uint8_t *raw,
                        uint64_t room)
{
    const sl_sel_rule *rule = column->rule;
    uint8_t buf[SL_CAST_ROOM + SL_SEL_PAD];
    sl_builder *b = r->b;
    const uint8_t *from = buf;
    uint64_t n = 1;
    sl_val v;

    (void)sl_val_read(raw, &v);
    if (!rule || !rule->cast) {
        (void)sl_sel_write_value(r, column->text + column->name_at,
                                 column->text_len - column->name_at, &v, rule);
        if (r->status == SL_OK)
            (void)sl_sel_room(r, room);
        return;
    }
    if (!sl_cast_apply(&r->self->days, rule->cast, &v, buf, &from, &n)) {
        if (!r->self->null_on_error) {
            sl_sel_row_fail(r, "select.cast", column->from, rule->cast, &v);
            return;
        }
        buf[0] = 0xc0;
    }
    sl_sel_copy(b->cur, column->text, column->text_len);
    b->cur += column->text_len;
    if (column->out_slot < r->slots)
        r->slot[column->out_slot] = (uint32_t)(b->cur - b->body);
    else
        r->all = 0;
    sl_sel_copy(b->cur, from, n);
    b->cur += n;
    r->count++;
}

sl_status sl_sel_write_columns(sl_sel_row *r)
{
    const sl_instance *self = r->self;
    const sl_batch *batch = r->batch;
    const uint32_t *rec = batch->rec + r->row;
    const uint32_t *in = batch->slot + (size_t)r->row * batch->stride;
    uint32_t ins = batch->slot && batch->paths == self->column->set ? batch->nslot : 0;
    uint64_t room = (uint64_t)self->covers * (rec[1] - rec[0]) + self->row_room;
    const sl_sel_column *end = self->column + self->columns;
    const uint8_t *body = batch->body;
    uint32_t count = 0;
    uint32_t *slot;
    uint8_t *start;
    uint8_t *cur;

    if (!sl_sel_room(r, room))
        return r->status;
    cur = r->b->cur;
    start = r->b->body;
    slot = r->slot;
    for (const sl_sel_column *column = self->column; column < end; column++) {
        const uint8_t *raw;
        const sl_sel_lead *l;
        uint64_t n;

        if (__builtin_expect(column->in_slot < ins, 1)) {
            raw = body + in[column->in_slot];
            if (raw == body)
                continue;
        } else {
            raw = find(r, column);
            if (!raw)
                continue;
        }
        l = &sl_sel_leads[*raw];
        if (__builtin_expect(!(l->kind & column->keeps), 0)) {
            r->b->cur = cur;
            put_special(r, column, raw, room);
            if (r->status != SL_OK)
                return r->status;
            cur = r->b->cur;
            start = r->b->body;
            slot = r->slot;
            continue;
        }
        n = l->base + (uint64_t)(raw[1] & l->mask);
        if (__builtin_expect(!n, 0))
            n = sl_sel_span(raw);
        sl_sel_copy(cur, column->text, column->text_len);
        cur += column->text_len;
        if (__builtin_expect(column->out_slot < r->slots, 1))
            slot[column->out_slot] = (uint32_t)(cur - start);
        else
            r->all = 0;
        sl_sel_copy(cur, raw, n);
        cur += n;
        count++;
    }
    r->b->cur = cur;
    r->count += count;
    return SL_OK;
}

void sl_sel_bind_columns(sl_instance *self)
{
    static const struct {
        const char *type;
        uint32_t kind;
    } same[] = {{"int", SL_SEL_K_INT},
                {"float", SL_SEL_K_FLOAT},
                {"string", SL_SEL_K_STR},
                {"bool", SL_SEL_K_BOOL}};

    self->row_room = self->key_bytes + (uint64_t)self->columns * SL_CAST_ROOM + 4 * SL_SEL_PAD;
    for (uint32_t i = 0; i < self->columns; i++) {
        sl_sel_column *column = &self->column[i];
        const sl_cast *cast = column->rule ? column->rule->cast : NULL;

        column->out_slot = column->key->slot;
        column->in_slot = column->path ? column->path->slot : UINT32_MAX;
        if (column->path)
            self->column->set = column->path->set;
        column->keeps = cast ? SL_SEL_K_NIL : (uint32_t)~SL_SEL_K_MAP;
        for (uint32_t k = 0; cast && k < sizeof same / sizeof *same; k++)
            column->keeps |= strcmp(cast->text, same[k].type) ? 0 : same[k].kind;
    }
}
