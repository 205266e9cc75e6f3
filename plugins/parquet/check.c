/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/parquet/check.c - look at rows before they are taken: do the file's columns fit them?
 *
 * Rows are taken whole or not at all, and a file may be unable to grow. So each chunk is looked
 * over first: by slots a table look-up per value tells the kinds in a column, and only kinds that
 * no open column takes are looked at one by one. What is missing is made; where that can't be, the
 * chunk is cut before the row. When a column changes its type, the chunk is looked at once more,
 * since values that were fine may not be any longer.
 */
#include "table.h"
#include "value.h"

static sl_status check_value(sl_format_file *file, sl_pw_field *f, const uint8_t *p);

/* ---- which variant --------------------------------------------------------------------------- */

/* Can the list at P be one of F's list variant? MAY_UNITE: integers may still become doubles. */
static int list_fits(const sl_pw_field *f, const uint8_t *p, int may_unite, sl_pw_items *items)
{
    const sl_pw_variant *list = f->by_type[SL_PW_LIST];
    uint32_t level;

    sl_pw_items_of(p, items);
    if (items->is_deep)
        return 0;
    for (level = 0; level < SL_PW_NESTING && items->mask[level]; level++) {
        sl_pw_type type = sl_pw_items_type(items, level);
        const sl_pw_field *element = list ? list->child : NULL;
        const sl_pw_variant *held = element ? element->first : NULL;

        if (type == SL_PW_TYPES)
            return 0;
        if (held && held->type != type &&
            !(held->type == SL_PW_DOUBLE && type == SL_PW_INT && level < 32 &&
              !(items->inexact >> level & 1)) &&
            !(held->type == SL_PW_INT && type == SL_PW_DOUBLE && may_unite && !held->is_settled))
            return 0;
        list = element ? element->by_type[SL_PW_LIST] : NULL;
    }
    return 1;
}

static sl_pw_type pick_number(const sl_pw_field *f, const uint8_t *p)
{
    sl_val v;

    (void)sl_val_read(p, &v);
    if (v.type == SL_V_FLOAT || f->by_type[SL_PW_INT])
        return v.type == SL_V_FLOAT ? SL_PW_DOUBLE : SL_PW_INT;
    return f->by_type[SL_PW_DOUBLE] && is_exact_double(v.i) ? SL_PW_DOUBLE : SL_PW_INT;
}

static sl_pw_type pick_decimal(const sl_pw_field *f, const uint8_t *p)
{
    const sl_pw_variant *v = f->by_type[SL_PW_DECIMAL];
    __int128 number;
    int32_t scale;

    if (!sl_pw_decimal(p, &number, &scale))
        return SL_PW_JSON;
    if (!v)
        return SL_PW_DECIMAL;
    return sl_pw_decimal_scale(&number, scale, v->scale) ? SL_PW_DECIMAL : SL_PW_JSON;
}

/* The type that F's value at P goes to, whether F has it or not. */
static sl_pw_type pick_type(const sl_pw_field *f, const uint8_t *p)
{
    sl_pw_type type = sl_pw_type_of(p);
    sl_pw_items items;

    if (f->in->depth >= SL_PW_DEPTH_MAX && (type == SL_PW_LIST || type == SL_PW_STRUCT))
        return SL_PW_JSON;
    switch (type) {
    case SL_PW_INT:
    case SL_PW_DOUBLE:
        return pick_number(f, p);
    case SL_PW_DECIMAL:
        return pick_decimal(f, p);
    case SL_PW_STRUCT:
        return f->by_type[SL_PW_MAP] && !f->by_type[SL_PW_STRUCT] && sl_pw_is_hollow(p)
                   ? SL_PW_MAP
                   : SL_PW_STRUCT;
    case SL_PW_LIST:
        if (f->mask == 1u << SL_PW_LIST) /* any other list would have made it JSON, too */
            return SL_PW_LIST;
        return list_fits(f, p, 0, &items) ? SL_PW_LIST : SL_PW_JSON;
    default:
        return type;
    }
}

sl_pw_variant *sl_pw_pick(const sl_pw_field *f, const uint8_t *p)
{
    if (!f->first || !f->first->next) /* it was checked that there is one that fits */
        return f->first;
    return f->by_type[pick_type(f, p)];
}

static int is_open(const sl_format_file *file, const sl_pw_field *f, sl_pw_type type)
{
    const sl_pw_variant *v = f->by_type[type];

    return v && v->id < file->column_cap && file->column[v->id].is_open;
}

/* ---- making room ----------------------------------------------------------------------------- */

/* Looking by slots makes nothing: it answers this, and the chunk is looked over record by record,
 * so that columns are made in the order of records and keys, with slots as without. */
#define NEEDS_MORE SL_WAIT

static sl_status need(sl_format_file *file, sl_pw_field *f, sl_pw_type type, sl_pw_variant **v)
{
    sl_status rc = SL_OK;

    *v = f->by_type[type];
    if (file->format->rows.is_dry && !is_open(file, f, type))
        return NEEDS_MORE;
    if (!*v)
        rc = sl_pw_variant_add(&file->format->schema, f, type, v);
    return rc == SL_OK ? sl_pw_file_open(file, *v) : rc;
}

/* Make the integers of V doubles, in the schema and in FILE, if no digit is lost. */
static sl_status unite(sl_format_file *file, sl_pw_variant *v, int *is_done)
{
    sl_pw_schema *s = &file->format->schema;
    sl_status rc;

    *is_done = 0;
    if (file->format->rows.is_dry)
        return NEEDS_MORE;
    if (v->is_settled || v != v->of->first || file->is_fixed)
        return SL_OK;
    rc = sl_pw_file_open(file, v);
    if (rc != SL_OK)
        return rc;
    if (sl_pq_column_to_double(file->column[v->id].col) != SL_PQ_OK)
        return SL_OK;
    file->column[v->id].type = SL_PW_DOUBLE;
    sl_pw_variant_retype(s, v, SL_PW_DOUBLE);
    file->retyped = s->retyped;
    *is_done = 1;
    return SL_OK;
}

/* Give the decimals of V more digits behind the point, if the value at P then fits. */
static sl_status rescale(sl_format_file *file, sl_pw_variant *v, const uint8_t *p)
{
    sl_pw_schema *s = &file->format->schema;
    __int128 number;
    int32_t scale;
    sl_status rc;

    if (v->is_settled || file->is_fixed || !sl_pw_decimal(p, &number, &scale) || scale <= v->scale)
        return SL_OK;
    if (file->format->rows.is_dry)
        return NEEDS_MORE;
    rc = sl_pw_file_open(file, v);
    if (rc != SL_OK || sl_pq_column_rescale(file->column[v->id].col, scale) != SL_PQ_OK)
        return rc;
    file->column[v->id].scale = v->scale = scale;
    file->retyped = ++s->retyped;
    return SL_OK;
}

/* Kinds that a column of F takes, whatever the value is. */
static uint32_t easy_scalars(const sl_format_file *file, const sl_pw_field *f)
{
    uint32_t kinds = KIND_NIL;

    kinds |= is_open(file, f, SL_PW_STRING) ? KIND_STR : 0;
    kinds |= is_open(file, f, SL_PW_INT) ? KIND_INT : 0;
    kinds |= is_open(file, f, SL_PW_DOUBLE) ? KIND_FLOAT : 0;
    kinds |= is_open(file, f, SL_PW_BOOL) ? KIND_BOOL : 0;
    kinds |= is_open(file, f, SL_PW_BYTES) ? KIND_BIN : 0;
    return kinds;
}

/* ---- values ---------------------------------------------------------------------------------- */

static sl_status check_map(sl_format_file *file, sl_pw_variant *in, const uint8_t *p)
{
    sl_pw_field *f = NULL;
    sl_status rc = SL_OK;
    sl_val map = {0}, key, val;
    sl_cur cur;

    (void)sl_val_read(p, &map);
    sl_cur_enter(&cur, &map);
    while (rc == SL_OK && sl_cur_next(&cur, &key, &val)) {
        sl_pw_field *found;

        if (key.type != SL_V_STR || !sl_val_some(&val))
            continue;
        found = sl_pw_field_find(in, f, key.ptr, (uint32_t)key.n);
        if (!found && file->format->rows.is_dry)
            return NEEDS_MORE;
        if (!found)
            found = sl_pw_field_need(&file->format->schema, in, f, key.ptr, (uint32_t)key.n);
        if (!found)
            return SL_E_NOMEM;
        f = found;
        rc = check_value(file, f, val.raw);
    }
    return rc;
}

/* The items of the list at P, whose types ITEMS has found to fit. */
static sl_status check_list(sl_format_file *file, sl_pw_variant *list, const uint8_t *p,
                            const sl_pw_items *items, uint32_t level)
{
    sl_pw_field *element;
    sl_pw_variant *v;
    sl_pw_type type;
    sl_status rc = SL_OK;
    sl_val value = {0}, key, item;
    sl_cur cur;
    int is_done;

    if (!items->mask[level])
        return SL_OK;
    if (file->format->rows.is_dry && !list->child)
        return NEEDS_MORE;
    element = sl_pw_field_need(&file->format->schema, list, NULL, (const uint8_t *)"", 0);
    if (!element)
        return SL_E_NOMEM;
    type = sl_pw_items_type(items, level);
    if (element->first && element->first->type == SL_PW_INT && type == SL_PW_DOUBLE) {
        rc = unite(file, element->first, &is_done);
        if (rc != SL_OK || !is_done)
            return rc == SL_OK ? SL_END : rc;
    }
    rc = need(file, element, element->first ? element->first->type : type, &v);
    if (rc != SL_OK || (type != SL_PW_LIST && type != SL_PW_STRUCT))
        return rc;
    (void)sl_val_read(p, &value);
    sl_cur_enter(&cur, &value);
    while (rc == SL_OK && sl_cur_next(&cur, &key, &item))
        if (sl_val_some(&item))
            rc = type == SL_PW_LIST ? check_list(file, v, item.raw, items, level + 1)
                                    : check_map(file, v, item.raw);
    return rc;
}

/* The usual list: its items are of the kind that the open column takes. SL_END: it isn't. */
static sl_status check_usual(sl_format_file *file, sl_pw_field *f, const uint8_t *p)
{
    const sl_pw_field *element;
    sl_pw_variant *maps = NULL;
    sl_val list = {0}, key, item;
    uint32_t easy;
    sl_status rc = SL_OK;
    sl_cur cur;

    if (f->mask != 1u << SL_PW_LIST || !is_open(file, f, SL_PW_LIST) || !f->first->child)
        return SL_END;
    element = f->first->child;
    easy = easy_scalars(file, element);
    if (is_open(file, element, SL_PW_STRUCT))
        maps = element->by_type[SL_PW_STRUCT];
    (void)sl_val_read(p, &list);
    sl_cur_enter(&cur, &list);
    while (rc == SL_OK && sl_cur_next(&cur, &key, &item)) {
        if (maps && item.type == SL_V_MAP)
            rc = check_map(file, maps, item.raw);
        else if (!(kind_of(*item.raw) & easy))
            return SL_END;
    }
    return rc;
}

static sl_status check_array(sl_format_file *file, sl_pw_field *f, const uint8_t *p)
{
    sl_pw_variant *v;
    sl_pw_items items;
    sl_status rc = check_usual(file, f, p);

    if (rc != SL_END)
        return rc;
    if (f->in->depth < SL_PW_DEPTH_MAX && list_fits(f, p, 1, &items)) {
        rc = need(file, f, SL_PW_LIST, &v);
        if (rc == SL_OK)
            rc = check_list(file, v, p, &items, 0);
    }
    return rc == SL_END ? need(file, f, SL_PW_JSON, &v) : rc;
}

static sl_status check_value(sl_format_file *file, sl_pw_field *f, const uint8_t *p)
{
    sl_pw_type own, type;
    sl_status rc = SL_OK;
    sl_pw_variant *v;
    int is_done;

    if (f->is_dropped || kind_of(*p) & easy_scalars(file, f))
        return SL_OK;
    own = sl_pw_type_of(p);
    if (own == SL_PW_LIST)
        return check_array(file, f, p);
    if (own == SL_PW_DOUBLE && !f->by_type[SL_PW_DOUBLE] && f->by_type[SL_PW_INT])
        rc = unite(file, f->by_type[SL_PW_INT], &is_done);
    if (rc != SL_OK)
        return rc;
    type = pick_type(f, p);
    rc = need(file, f, type, &v);
    if (rc == SL_OK && own == SL_PW_DECIMAL && f->by_type[SL_PW_DECIMAL]) {
        rc = rescale(file, f->by_type[SL_PW_DECIMAL], p);
        if (rc == SL_OK)
            rc = need(file, f, pick_type(f, p), &v);
    }
    return rc == SL_OK && type == SL_PW_STRUCT ? check_map(file, v, p) : rc;
}

/* ---- columns --------------------------------------------------------------------------------- */

/* Take row K out of the chunk. */
static void drop_row(sl_pw_rows *rows, uint32_t k)
{
    uint32_t left = rows->n - k - 1;

    rows->is_bad[rows->from[k]] = 1;
    rows->bad++;
    memmove(rows->row + k, rows->row + k + 1, left * sizeof(rows->row[0]));
    memmove(rows->from + k, rows->from + k + 1, left * sizeof(rows->from[0]));
    rows->n--;
}

/* What came of looking at row K: goes on with the chunk, or not. */
static sl_status settle_row(sl_pw_rows *rows, uint32_t *k, sl_status rc, sl_status *all)
{
    if (rc == SL_OK) {
        (*k)++;
    } else if (rc == SL_AGAIN) {
        rows->n = *k;
        *all = SL_AGAIN;
    } else if (rc == SL_E_DATA) {
        drop_row(rows, *k);
    } else {
        return rc;
    }
    return SL_OK;
}

static const uint8_t *slot_value(const sl_batch *batch, uint32_t row, uint32_t slot)
{
    uint32_t at = batch->slot[(size_t)row * batch->stride + slot];

    return at ? batch->body + at : NULL;
}

int sl_pw_struct_has_slots(const sl_format_file *file, const sl_pw_variant *v)
{
    const sl_pw_field *f;

    for (f = v->child; f; f = f->next)
        if (f->slot < file->format->rows.batch->nslot)
            return 1;
    return 0;
}

/* Kinds of F's values that need no look at each of them. */
static uint32_t easy_kinds(const sl_format_file *file, const sl_pw_field *f)
{
    uint32_t kinds = easy_scalars(file, f);

    if (is_open(file, f, SL_PW_STRUCT) && sl_pw_struct_has_slots(file, f->by_type[SL_PW_STRUCT]))
        kinds |= KIND_MAP;
    return kinds;
}

static sl_status check_slots(sl_format_file *file, sl_pw_variant *in, sl_status *all);

/* A map whose keys have slots: its values are looked at by column, it only needs its struct. */
static sl_status check_slotted(sl_format_file *file, sl_pw_field *f, const uint8_t *p)
{
    sl_pw_variant *v;
    sl_pw_type type = kind_of(*p) == KIND_MAP ? pick_type(f, p) : SL_PW_TYPES;
    sl_status rc;

    if (type != SL_PW_STRUCT)
        return check_value(file, f, p);
    rc = need(file, f, SL_PW_STRUCT, &v);
    if (rc != SL_OK || sl_pw_struct_has_slots(file, v))
        return rc;
    return check_map(file, v, p);
}

static sl_status check_column(sl_format_file *file, sl_pw_field *f, sl_status *all)
{
    sl_pw_rows *rows = &file->format->rows;
    const sl_batch *batch = rows->batch;
    const uint32_t kinds = rows->kinds[f->slot], hard = kinds & ~easy_kinds(file, f);
    const int has_instants = is_open(file, f, SL_PW_INSTANT);
    sl_status rc = SL_OK;
    uint32_t k;

    for (k = 0; hard && k < rows->n && rc == SL_OK;) {
        const uint8_t *p = slot_value(batch, rows->row[k], f->slot);
        int is_hard = p && kind_of(*p) & hard && !(has_instants && is_instant8(p));

        rc = settle_row(rows, &k, is_hard ? check_slotted(file, f, p) : SL_OK, all);
    }
    if (rc == SL_OK && kinds & KIND_MAP && is_open(file, f, SL_PW_STRUCT))
        rc = check_slots(file, f->by_type[SL_PW_STRUCT], all);
    return rc;
}

static sl_status check_slots(sl_format_file *file, sl_pw_variant *in, sl_status *all)
{
    sl_status rc = SL_OK;
    sl_pw_field *f;

    for (f = in->child; f && rc == SL_OK; f = f->next)
        if (f->slot < file->format->rows.batch->nslot && !f->is_dropped)
            rc = check_column(file, f, all);
    return rc;
}

static sl_status check_records(sl_format_file *file, sl_status *all)
{
    sl_pw_rows *rows = &file->format->rows;
    sl_status rc = SL_OK;
    uint32_t k = 0;

    while (k < rows->n && rc == SL_OK) {
        const uint8_t *p = rows->batch->body + rows->batch->rec[rows->row[k]];

        rc = settle_row(rows, &k, check_map(file, &file->format->schema.root, p), all);
    }
    return rc;
}

/* The kinds of the values of every slot, row by row: as they lie in memory. */
static void look_at_slots(sl_pw_rows *rows)
{
    const sl_batch *batch = rows->batch;
    const uint32_t n = batch->nslot;
    uint32_t k, i;

    memset(rows->kinds, 0, n * sizeof(rows->kinds[0]));
    for (k = 0; k < rows->n; k++) {
        const uint32_t *slot = batch->slot + (size_t)rows->row[k] * batch->stride;

        for (i = 0; i < n; i++) {
            uint16_t kind = sl_pw_kinds[batch->body[slot[i]]];

            rows->kinds[i] |= slot[i] ? kind : 0;
        }
    }
}

int sl_pw_has_slots(const sl_format_file *file)
{
    const sl_batch *batch = file->format->rows.batch;

    return batch->slot && batch->flags & SL_BATCH_ALL && file->format->paths &&
           batch->paths == file->format->all->set && batch->nslot <= SL_PW_SLOTS;
}

sl_status sl_pw_check(sl_format_file *file)
{
    sl_pw_schema *s = &file->format->schema;
    sl_pw_rows *rows = &file->format->rows;
    sl_status rc = NEEDS_MORE, all = SL_OK;
    uint32_t retyped;

    rows->is_dry = (uint32_t)sl_pw_has_slots(file);
    if (rows->is_dry) {
        look_at_slots(rows);
        rc = check_slots(file, &s->root, &all);
    }
    rows->is_dry = 0;
    if (rc != NEEDS_MORE)
        return rc == SL_OK ? all : rc;
    do {
        retyped = s->retyped;
        rc = check_records(file, &all);
    } while (rc == SL_OK && retyped != s->retyped);
    if (rc == SL_OK)
        rc = sl_pw_schema_attach(s);
    return rc == SL_OK ? all : rc;
}
