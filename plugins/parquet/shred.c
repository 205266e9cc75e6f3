/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/parquet/shred.c - from records to columns, for rows that were checked.
 *
 * Where the batch has slots, a column is gathered at once: the value of each row by its slot, the
 * level of each row from the struct around it, then one bulk append. Maps whose keys have no slots,
 * and whole records without, are walked first, which notes the values of each field. Lists are
 * taken row by row. Every column of a struct or list gets exactly one entry for each entry of that
 * struct or list, and all ways give the same file.
 */
#include <sluice/text.h>

#include "table.h"
#include "value.h"

static sl_status add_value(sl_format_file *file, const sl_pw_variant *v, const uint8_t *p,
                           uint32_t rep);

/* Variants of F one by one, where the file has them. */
#define EACH_VARIANT(v, file, f)                                                                   \
    for (const sl_pw_variant *v = (f)->first; v; v = v->next)                                      \
        if (v->id < (file)->column_cap && (file)->column[v->id].is_open)

static sl_status result(sl_format_file *file, int rc)
{
    return rc ? sl_pw_file_failed(file, rc) : SL_OK;
}

/* ---- nulls ----------------------------------------------------------------------------------- */

/* V is not there: its columns get a null at level DEF. */
static sl_status add_null(sl_format_file *file, const sl_pw_variant *v, uint32_t rep, uint32_t def)
{
    const sl_pw_column *c = &file->column[v->id];
    sl_status rc = SL_OK;
    sl_pw_field *f;

    if (c->col) {
        int failed = sl_pq_add_null(c->col, rep, def);

        if (!failed && c->value)
            failed = sl_pq_add_null(c->value, rep, def);
        rc = result(file, failed);
    }
    if (rc == SL_OK && !file->is_fixed && v->type >= SL_PW_LIST)
        rc = sl_pw_file_log_one(file, v, rep, def);
    for (f = v->child; f && rc == SL_OK; f = f->next)
        EACH_VARIANT(each, file, f)
        {
            if (rc == SL_OK)
                rc = add_null(file, each, rep, def);
        }
    return rc;
}

/* ---- one value ------------------------------------------------------------------------------- */

static int64_t be64(const uint8_t *p)
{
    return (int64_t)sl_get64(p);
}

static int add_ext(sl_pq_column *col, sl_pw_type type, const sl_val *v, uint32_t rep)
{
    int64_t us = 0;

    switch (type) {
    case SL_PW_INSTANT:
        (void)sl_val_time_us(v, &us); /* its type says that it is one */
        return sl_pq_add_i64(col, rep, us);
    case SL_PW_LOCAL:
    case SL_PW_TIME:
        return sl_pq_add_i64(col, rep, be64(v->ptr));
    case SL_PW_DATE:
        return sl_pq_add_i32(col, rep, (int32_t)sl_get32(v->ptr));
    default:
        return sl_pq_add_fixed(col, rep, v->ptr);
    }
}

static int add_decimal(sl_pq_column *col, int32_t to, const uint8_t *p, uint32_t rep)
{
    uint8_t bytes[16];
    __int128 number;
    int32_t scale, i;

    if (!sl_pw_decimal(p, &number, &scale) || !sl_pw_decimal_scale(&number, scale, to))
        return SL_PQ_E_USE;
    for (i = 15; i >= 0; i--) {
        bytes[i] = (uint8_t)number;
        number >>= 8;
    }
    return sl_pq_add_fixed(col, rep, bytes);
}

static int add_leaf(sl_format_file *file, const sl_pw_variant *v, const uint8_t *p, uint32_t rep)
{
    sl_pw_column *c = &file->column[v->id];
    sl_pq_bytes text;
    sl_val val;

    (void)sl_val_read(p, &val);
    switch (v->type) {
    case SL_PW_INT:
        return sl_pq_add_i64(c->col, rep, val.i);
    case SL_PW_DOUBLE:
        return sl_pq_add_f64(c->col, rep, val.type == SL_V_INT ? (double)val.i : val.f);
    case SL_PW_BOOL:
        return sl_pq_add_bool(c->col, rep, (int)val.n);
    case SL_PW_STRING:
    case SL_PW_BYTES:
        return sl_pq_add_bytes(c->col, rep, val.ptr, val.n);
    case SL_PW_DECIMAL:
        return add_decimal(c->col, c->scale, p, rep);
    case SL_PW_JSON:
        text = sl_pw_json(file, p);
        return text.ptr ? sl_pq_add_bytes(c->col, rep, text.ptr, text.len) : SL_PQ_E_NOMEM;
    default:
        return add_ext(c->col, v->type, &val, rep);
    }
}

/* The value at P (NULL: none) of field F, in a struct or list that is there at level DEF. */
static sl_status add_field(sl_format_file *file, const sl_pw_field *f, const uint8_t *p,
                           uint32_t rep, uint32_t def)
{
    const sl_pw_variant *taker = NULL;
    sl_status rc = SL_OK;
    int is_taken = 0;

    if (p && *p != 0xc0 && !f->is_dropped)
        taker = sl_pw_pick(f, p);
    else
        is_taken = 1;
    EACH_VARIANT(v, file, f)
    {
        if (rc == SL_OK)
            rc = v == taker ? add_value(file, v, p, rep) : add_null(file, v, rep, def);
        is_taken |= v == taker;
    }
    if (rc == SL_OK && !is_taken) /* checking has let it through: rather no file than a loss */
        rc = sl_pw_file_failed(file, SL_PQ_E_USE);
    return rc;
}

static sl_status add_struct(sl_format_file *file, const sl_pw_variant *v, const uint8_t *p,
                            uint32_t rep)
{
    sl_pw_field *f = NULL;
    sl_status rc = SL_OK;
    sl_val map = {0}, key, val;
    sl_cur cur;

    (void)sl_val_read(p, &map);
    sl_cur_enter(&cur, &map);
    while (sl_cur_next(&cur, &key, &val)) { /* the last of equal keys counts */
        sl_pw_field *found =
            key.type == SL_V_STR ? sl_pw_field_find(v, f, key.ptr, (uint32_t)key.n) : NULL;

        if (!found)
            continue;
        f = found;
        f->at = val.raw;
    }
    if (!file->is_fixed && v->of)
        rc = sl_pw_file_log_one(file, v, rep, v->def);
    for (f = v->child; f; f = f->next) {
        const uint8_t *at = f->at;

        f->at = NULL;
        if (rc == SL_OK && f->first)
            rc = add_field(file, f, at, rep, v->def);
    }
    return rc;
}

static sl_status add_list(sl_format_file *file, const sl_pw_variant *v, const uint8_t *p,
                          uint32_t rep)
{
    const sl_pw_field *element = v->child;
    sl_status rc = SL_OK;
    sl_val list = {0}, key, item;
    sl_cur cur;

    (void)sl_val_read(p, &list);
    if (list.n == 0) {
        if (!file->is_fixed)
            rc = sl_pw_file_log_one(file, v, rep, v->def);
        return rc == SL_OK && element ? add_field(file, element, NULL, rep, v->def) : rc;
    }
    sl_cur_enter(&cur, &list);
    while (rc == SL_OK && sl_cur_next(&cur, &key, &item)) {
        if (!file->is_fixed)
            rc = sl_pw_file_log_one(file, v, rep, v->def + 1);
        if (rc == SL_OK && element)
            rc = add_field(file, element, item.raw, rep, v->def + 1);
        rep = v->rep + 1;
    }
    return rc;
}

static sl_status add_value(sl_format_file *file, const sl_pw_variant *v, const uint8_t *p,
                           uint32_t rep)
{
    switch (v->type) {
    case SL_PW_STRUCT:
        return add_struct(file, v, p, rep);
    case SL_PW_LIST:
        return add_list(file, v, p, rep);
    case SL_PW_MAP:
        return add_null(file, v, rep, v->def);
    default:
        return result(file, add_leaf(file, v, p, rep));
    }
}

/* ---- many values ----------------------------------------------------------------------------- */

static sl_status add_column(sl_format_file *file, const sl_pw_variant *v, const uint8_t **at,
                            const uint8_t *level);

static int add_texts(sl_pw_rows *rows, sl_pq_column *col, const uint8_t **at, const uint8_t *level,
                     uint32_t value)
{
    uint32_t k;

    for (k = 0; k < rows->n; k++) {
        if (at[k]) {
            rows->text[k].ptr = value_text(at[k], &rows->text[k].len);
            rows->def[k] = (uint8_t)value;
        } else {
            rows->def[k] = level[k];
        }
    }
    return sl_pq_add_bytes_n(col, rows->text, rows->def, rows->n);
}

static int add_numbers(sl_pw_rows *rows, sl_pq_column *col, const uint8_t **at,
                       const uint8_t *level, const sl_pw_variant *v)
{
    uint32_t k;

    for (k = 0; k < rows->n; k++) {
        rows->def[k] = at[k] ? (uint8_t)v->def : level[k];
        rows->number[k] = 0;
        if (!at[k])
            continue;
        if (v->type == SL_PW_INT) {
            rows->number[k] = (uint64_t)value_int(at[k]);
        } else {
            double d =
                kind_of(*at[k]) == KIND_FLOAT ? value_float(at[k]) : (double)value_int(at[k]);

            memcpy(&rows->number[k], &d, sizeof(d));
        }
    }
    return sl_pq_add_u64_n(col, rows->number, rows->def, rows->n);
}

static int add_instants(sl_pw_rows *rows, sl_pq_column *col, const uint8_t **at,
                        const uint8_t *level, uint32_t value)
{
    sl_val v = {0};
    int64_t us;
    uint32_t k;

    for (k = 0; k < rows->n; k++) {
        rows->def[k] = at[k] ? (uint8_t)value : level[k];
        us = 0;
        if (at[k] && is_instant8(at[k])) {
            us = value_instant8(at[k]);
        } else if (at[k]) {
            (void)sl_val_read(at[k], &v);
            (void)sl_val_time_us(&v, &us); /* its type says that it is one */
        }
        rows->number[k] = (uint64_t)us;
    }
    return sl_pq_add_u64_n(col, rows->number, rows->def, rows->n);
}

static sl_status add_each(sl_format_file *file, const sl_pw_variant *v, const uint8_t **at,
                          const uint8_t *level)
{
    uint32_t k, n = file->format->rows.n;
    sl_status rc = SL_OK;

    for (k = 0; k < n && rc == SL_OK; k++)
        rc = at[k] ? add_value(file, v, at[k], 0) : add_null(file, v, 0, level[k]);
    return rc;
}

/* Values of F's slot, NULL where there is none. */
static void gather(const sl_format_file *file, const sl_pw_field *f, const uint8_t **at)
{
    const sl_pw_rows *rows = &file->format->rows;
    const sl_batch *batch = rows->batch;
    const uint32_t *slot = batch->slot + f->slot;
    uint32_t k;

    for (k = 0; k < rows->n; k++) {
        uint32_t place = slot[(size_t)rows->row[k] * batch->stride];

        at[k] = place && batch->body[place] != 0xc0 ? batch->body + place : NULL;
    }
}

/* Note that row K of the chunk has the value at P in field F. */
static sl_status note_found(sl_format_file *file, sl_pw_field *f, uint32_t k, const uint8_t *p)
{
    const sl_files_env *env = file->format->env;
    sl_pw_rows *rows = &file->format->rows;
    uint32_t cap = rows->found_cap ? rows->found_cap * 2 : 1024;
    sl_pw_found *grown;

    if (rows->founds >= rows->found_cap) {
        grown = env->host->resize(env->node, rows->found, cap * sizeof(*grown));
        if (!grown)
            return sl_pw_file_failed(file, SL_PQ_E_NOMEM);
        rows->found = grown;
        rows->found_cap = cap;
    }
    rows->found[rows->founds] = (sl_pw_found){p, f->found, k};
    f->found = rows->founds++;
    return SL_OK;
}

/* Walk the maps MAPS, and note what each field of V has in them. */
static sl_status find_all(sl_format_file *file, const sl_pw_variant *v, const uint8_t **maps)
{
    uint32_t k, n = file->format->rows.n;
    sl_status rc = SL_OK;
    sl_val map = {0}, key, val;
    sl_cur cur;

    for (k = 0; k < n && rc == SL_OK; k++) {
        sl_pw_field *f = NULL;

        if (!maps[k])
            continue;
        (void)sl_val_read(maps[k], &map);
        sl_cur_enter(&cur, &map);
        while (rc == SL_OK && sl_cur_next(&cur, &key, &val)) {
            sl_pw_field *found =
                key.type == SL_V_STR ? sl_pw_field_find(v, f, key.ptr, (uint32_t)key.n) : NULL;

            if (!found)
                continue;
            f = found;
            rc = note_found(file, f, k, val.raw);
        }
    }
    return rc;
}

/* Values of F as they were noted, NULL where there is none; of equal keys the last counts. */
static void take_found(const sl_format_file *file, sl_pw_field *f, const uint8_t **at)
{
    const sl_pw_rows *rows = &file->format->rows;
    uint8_t is_set[SL_PW_CHUNK];
    uint32_t i;

    memset(at, 0, rows->n * sizeof(at[0]));
    if (!f->found)
        return;
    memset(is_set, 0, rows->n);
    for (i = f->found; i; i = rows->found[i].next) {
        const sl_pw_found *found = &rows->found[i];

        if (!is_set[found->row] && *found->p != 0xc0)
            at[found->row] = found->p;
        is_set[found->row] = 1;
    }
    f->found = 0;
}

/* F has several variants: each of them gets the values that are its own. */
static sl_status share_out(sl_format_file *file, const sl_pw_field *f, const uint8_t **all,
                           const uint8_t *level)
{
    const uint8_t *at[SL_PW_CHUNK];
    const sl_pw_variant *taker[SL_PW_CHUNK];
    uint32_t k, n = file->format->rows.n;
    sl_status rc = SL_OK;

    for (k = 0; k < n; k++)
        taker[k] = all[k] ? sl_pw_pick(f, all[k]) : NULL;
    EACH_VARIANT(v, file, f)
    {
        for (k = 0; k < n; k++)
            at[k] = taker[k] == v ? all[k] : NULL;
        if (rc == SL_OK)
            rc = add_column(file, v, at, level);
    }
    return rc;
}

/* The values of all rows of F, one column after the other. */
static sl_status add_values(sl_format_file *file, const sl_pw_field *f, const uint8_t **at,
                            const uint8_t *level)
{
    sl_status rc = SL_OK;

    if (f->first->next)
        return share_out(file, f, at, level);
    EACH_VARIANT(v, file, f)
    rc = add_column(file, v, at, level);
    return rc;
}

static sl_status add_slots(sl_format_file *file, const sl_pw_variant *in, const uint8_t *level)
{
    const uint8_t *at[SL_PW_CHUNK];
    const sl_pw_rows *rows = &file->format->rows;
    sl_status rc = SL_OK;
    const sl_pw_field *f;

    for (f = in->child; f && rc == SL_OK; f = f->next) {
        if (!f->first)
            continue;
        if (f->slot < rows->batch->nslot)
            gather(file, f, at);
        else
            memset(at, 0, rows->n * sizeof(at[0]));
        rc = add_values(file, f, at, level);
    }
    return rc;
}

/* As add_slots, for the maps MAPS (NULL: none) whose keys have no slots. */
static sl_status add_maps(sl_format_file *file, const sl_pw_variant *in, const uint8_t **maps,
                          const uint8_t *level)
{
    const uint8_t *at[SL_PW_CHUNK];
    sl_pw_rows *rows = &file->format->rows;
    uint32_t mark = rows->founds ? rows->founds : 1;
    sl_pw_field *f;
    sl_status rc;

    rows->founds = mark;
    rc = find_all(file, in, maps);
    for (f = in->child; f; f = f->next) {
        if (rc == SL_OK && f->first) {
            take_found(file, f, at);
            rc = add_values(file, f, at, level);
        }
        f->found = 0;
    }
    rows->founds = mark;
    return rc;
}

static sl_status add_structs(sl_format_file *file, const sl_pw_variant *v, const uint8_t **at,
                             const uint8_t *level)
{
    uint8_t own[SL_PW_CHUNK];
    uint32_t k, n = file->format->rows.n;
    sl_status rc;

    for (k = 0; k < n; k++)
        own[k] = at[k] ? (uint8_t)v->def : level[k];
    rc = sl_pw_file_log(file, v, own, n);
    if (rc != SL_OK)
        return rc;
    return file->format->rows.is_walked || !sl_pw_struct_has_slots(file, v)
               ? add_maps(file, v, at, own)
               : add_slots(file, v, own);
}

/* One entry for each row of V: its value at AT[k], or a null of LEVEL[k]. */
static sl_status add_column(sl_format_file *file, const sl_pw_variant *v, const uint8_t **at,
                            const uint8_t *level)
{
    sl_pw_rows *rows = &file->format->rows;
    sl_pq_column *col = file->column[v->id].col;

    switch (v->type) {
    case SL_PW_STRING:
        return result(file, add_texts(rows, col, at, level, v->def));
    case SL_PW_INT:
    case SL_PW_DOUBLE:
        return result(file, add_numbers(rows, col, at, level, v));
    case SL_PW_INSTANT:
        return result(file, add_instants(rows, col, at, level, v->def));
    case SL_PW_STRUCT:
        return add_structs(file, v, at, level);
    default:
        return add_each(file, v, at, level);
    }
}

sl_status sl_pw_shred(sl_format_file *file)
{
    sl_pw_rows *rows = &file->format->rows;
    const sl_pw_variant *root = &file->format->schema.root;
    const uint8_t *at[SL_PW_CHUNK];
    uint32_t k;

    rows->is_walked = !sl_pw_has_slots(file);
    if (!rows->is_walked)
        return add_slots(file, root, rows->zero);
    for (k = 0; k < rows->n; k++)
        at[k] = rows->batch->body + rows->batch->rec[rows->row[k]];
    return add_maps(file, root, at, rows->zero);
}
