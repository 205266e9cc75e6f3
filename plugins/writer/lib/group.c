/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/writer/lib/group.c - the rows of a batch, sorted by the folder they belong to.
 *
 * Without partitions there is one group and nothing to do. Else each row's values are computed
 * and looked up twice over: first among the last few distinct rows of this batch, by value; only
 * when that misses is the folder's text made and looked up in the table of folders. Counting sort
 * then lays the rows of each group side by side, in order.
 *
 * Rows whose folder can't be told go to the dead letters at the very end, when nothing can fail any
 * more: a batch that is given again after a failure is whole.
 */
#include "files_priv.h"

#include <stdio.h>

#define FOLDERS_FEW 64u
#define REJECTED    (UINT32_MAX - 1)
#define NAME_ROOM   140u /* bytes of a folder's name before =, escaped */
#define FOLDER_ROOM 256u /* of NAME=value and a slash */

int sl_files_grow(sl_files *w, void *array, uint32_t *room, uint32_t need, uint64_t item)
{
    void **ptr = array;
    uint32_t wide = *room ? *room : 16;
    void *grown;

    if (need <= *room)
        return 1;
    while (wide < need)
        wide *= 2;
    grown = w->host->resize(w->node, *ptr, wide * item);
    if (!grown)
        return 0;
    *ptr = grown;
    *room = wide;
    return 1;
}

/* ---- the table of folders -------------------------------------------------------------------- */

static uint64_t hash_bytes(uint64_t h, const void *data, uint64_t len)
{
    const uint8_t *p = data;

    for (uint64_t i = 0; i < len; i++)
        h = (h ^ p[i]) * 0x100000001b3u;
    return h ^ (h >> 29);
}

static folder **table_find(sl_files *w, uint64_t hash, const char *text, uint32_t len)
{
    uint32_t at = (uint32_t)hash & (w->table_room - 1);

    while (w->table[at] && (w->table[at]->hash != hash || w->table[at]->text_len != len ||
                            memcmp(w->table[at]->text, text, len) != 0))
        at = (at + 1) & (w->table_room - 1);
    return &w->table[at];
}

/* Move all folders to a table of ROOM places; those without a file stay behind when IS_SWEEP. */
static int table_move(sl_files *w, uint32_t room, int is_sweep)
{
    folder **old = w->table;
    uint32_t old_room = w->table_room;
    folder **fresh = w->host->alloc(w->node, room * sizeof(folder *));

    if (!fresh)
        return 0;
    memset(fresh, 0, room * sizeof(folder *));
    w->table = fresh;
    w->table_room = room;
    w->table_count = 0;
    for (uint32_t i = 0; i < old_room; i++) {
        folder *f = old[i];

        if (f && is_sweep && !f->file) {
            w->host->release(f);
        } else if (f) {
            *table_find(w, f->hash, f->text, f->text_len) = f;
            w->table_count++;
        }
    }
    w->host->release(old);
    return 1;
}

/* Room for one more folder. */
static int table_grow(sl_files *w)
{
    if (w->table_count * 2 < w->table_room)
        return 1;
    return table_move(w, w->table_room ? w->table_room * 2 : FOLDERS_FEW, 0);
}

/* Write the text of the folder of the values V; gives its length. */
static uint32_t folder_text(const sl_files *w, const part_value *v, char *text)
{
    uint32_t len = 0;

    for (uint32_t i = 0; i < w->exprs->count; i++) {
        const sl_expr *e = &w->exprs->expr[i];
        char room[SL_PART_TEXT];
        char name[SL_ESCAPE_ROOM];
        const char *ptr;
        uint64_t value_len;
        uint32_t used = sl_escape(e->name, e->name_len, SL_ESCAPE_MAX - NAME_ROOM, name);

        if (i)
            text[len++] = '/';
        memcpy(text + len, name, used);
        len += used;
        text[len++] = '=';
        sl_part_text(e, &v[i], room, &ptr, &value_len);
        len += sl_escape(ptr, value_len, used < 127 ? used + 1 : 128, text + len);
    }
    return len;
}

/* The member "partition" of file records for the values V. */
static void folder_values(const sl_files *w, const part_value *v, sl_files_buf *buf)
{
    sl_files_buf_map(buf, w->exprs->count);
    for (uint32_t i = 0; i < w->exprs->count; i++) {
        sl_files_buf_str(buf, w->exprs->expr[i].name, w->exprs->expr[i].name_len);
        sl_part_record(&w->exprs->expr[i], &v[i], buf);
    }
}

static folder *folder_new(sl_files *w, uint64_t hash, const char *text, uint32_t len,
                          const sl_files_buf *values)
{
    folder *f = w->host->alloc(w->node, sizeof *f + len + 1 + values->len);

    if (!f)
        return NULL;
    f->hash = hash;
    f->group = FILES_NO_GROUP;
    f->text_len = len;
    f->file = NULL;
    memcpy(f->text, text, len);
    f->text[len] = 0;
    f->values = (uint8_t *)f->text + len + 1;
    f->values_len = values->len;
    if (values->len)
        memcpy(f->values, values->data, values->len);
    return f;
}

/* The folder of the values V: found, or made. NULL when memory is short. */
static folder *folder_get(sl_files *w, const part_value *v)
{
    char text[SL_EXPR_MAX * FOLDER_ROOM];
    sl_files_buf values = {.env = &w->env};
    uint32_t len = folder_text(w, v, text);
    uint64_t hash = hash_bytes(0x9e3779b97f4a7c15u, text, len);
    folder *f = NULL;
    folder **at;

    if (!table_grow(w))
        return NULL;
    at = table_find(w, hash, text, len);
    if (*at)
        return *at;
    folder_values(w, v, &values);
    if (values.status == SL_OK)
        f = folder_new(w, hash, text, len, &values);
    if (f) {
        *at = f;
        w->table_count++;
    }
    w->host->release(values.data);
    return f;
}

/* The one folder when there are no partitions. NULL when memory is short. */
static folder *root_get(sl_files *w)
{
    sl_files_buf none = {.env = &w->env};

    if (!w->root) {
        sl_files_buf_map(&none, 0);
        if (none.status == SL_OK)
            w->root = folder_new(w, 0, "", 0, &none);
        w->host->release(none.data);
    }
    return w->root;
}

void sl_files_folders_free(sl_files *w)
{
    for (uint32_t i = 0; i < w->table_room; i++)
        w->host->release(w->table[i]);
    w->host->release(w->table);
    w->host->release(w->root);
}

/* ---- grouping -------------------------------------------------------------------------------- */

/* The number of folder F's group in the batch at hand. FILES_NO_GROUP when memory is short. */
static uint32_t group_of(sl_files *w, folder *f)
{
    if (f->group != FILES_NO_GROUP)
        return f->group;
    if (!sl_files_grow(w, &w->group, &w->group_room, w->ngroups + 1, sizeof *w->group))
        return FILES_NO_GROUP;
    w->group[w->ngroups] = (row_group){.in = f};
    f->group = w->ngroups++;
    return f->group;
}

static uint64_t hash_value(uint64_t h, const part_value *v)
{
    h = (h ^ (uint64_t)v->num ^ v->type) * 0x9e3779b97f4a7c15u;
    return hash_bytes(h ^ (h >> 32), v->ptr, v->len < 32 ? v->len : 32);
}

/* The group of the values V; FILES_NO_GROUP when memory is short. */
static uint32_t find_group(sl_files *w, const part_value *v)
{
    uint32_t n = w->exprs->count;
    uint64_t h = 0;
    near_row *at;
    folder *f;
    uint32_t k = 0;

    for (uint32_t i = 0; i < n; i++)
        h = hash_value(h, &v[i]);
    at = &w->near[h >> 7 & (NEAR_ROOM - 1)];
    if (at->group != FILES_NO_GROUP) {
        while (k < n && sl_part_equal(&at->value[k], &v[k]))
            k++;
        if (k == n)
            return at->group;
    }
    f = folder_get(w, v);
    at->group = f ? group_of(w, f) : FILES_NO_GROUP;
    memcpy(at->value, v, n * sizeof *v);
    return at->group;
}

/* Compute the values of ROW; gives the index of the first that can't be told, or the count. */
static uint32_t row_values(const sl_files *w, const sl_batch *batch, uint32_t row, part_value *v,
                           const char **why)
{
    uint32_t i;

    for (i = 0; i < w->exprs->count; i++) {
        sl_val val;

        (void)sl_batch_get(batch, row, w->exprs->expr[i].path, &val);
        *why = sl_expr_eval(&w->exprs->expr[i], &val, &v[i]);
        if (*why)
            break;
    }
    return i;
}

/* Send off the row whose values can't be told. */
static void reject_row(sl_files *w, sl_batch *batch, uint32_t row)
{
    part_value v[SL_EXPR_MAX];
    const char *why = "";
    uint32_t i = row_values(w, batch, row, v, &why);
    uint16_t list = (uint16_t)row;
    char text[256];

    (void)snprintf(text, sizeof text, "%.100s %.140s", w->exprs->expr[i].field, why);
    w->host->reject(w->node, batch, &list, 1, "writer.partition", text);
}

/* Find the group of each row. False when memory is short. */
static int find_groups(sl_files *w, const sl_batch *batch, uint32_t *rejected)
{
    part_value v[SL_EXPR_MAX];
    const char *why = NULL;
    uint32_t i = 0;

    for (uint32_t k = 0; k < NEAR_ROOM; k++)
        w->near[k].group = FILES_NO_GROUP;
    SL_EACH (row, batch) {
        uint32_t group = REJECTED;

        if (row_values(w, batch, row, v, &why) == w->exprs->count) {
            group = find_group(w, v);
            if (group == FILES_NO_GROUP)
                return 0;
            w->group[group].count++;
        } else {
            ++*rejected;
        }
        w->row_group[i++] = group;
    }
    return 1;
}

/* Lay the rows of each group side by side, and send off those that have none. */
static void lay_rows(sl_files *w, sl_batch *batch)
{
    uint32_t start = 0;
    uint32_t i = 0;

    for (uint32_t k = 0; k < w->ngroups; k++) {
        w->group[k].start = start;
        start += w->group[k].count;
        w->group[k].count = 0;
    }
    SL_EACH (row, batch) {
        uint32_t group = w->row_group[i++];
        row_group *g;

        if (group == REJECTED) {
            reject_row(w, batch, row);
            continue;
        }
        g = &w->group[group];
        w->row[g->start + g->count++] = (uint16_t)row;
    }
}

/* Forget the groups of the batch at hand. */
static void groups_clear(sl_files *w)
{
    for (uint32_t k = 0; k < w->ngroups; k++)
        w->group[k].in->group = FILES_NO_GROUP;
    w->ngroups = 0;
    w->next_group = 0;
    w->is_dense = 0;
}

void sl_files_group_end(sl_files *w)
{
    groups_clear(w);
    if (w->table_count > FOLDERS_FEW + 2 * w->open_max)
        (void)table_move(w, w->table_room, 1); /* when memory is short, next time */
}

/* Without partitions: all rows are one group. */
static sl_status group_all(sl_files *w, const sl_batch *batch)
{
    folder *f = root_get(w);
    uint32_t group = f ? group_of(w, f) : FILES_NO_GROUP;

    if (group == FILES_NO_GROUP)
        return SL_E_NOMEM;
    w->group[group].count = batch->nsel;
    w->is_dense = 1;
    return SL_OK;
}

sl_status sl_files_group(sl_files *w, sl_batch *batch)
{
    uint32_t rejected = 0;
    uint32_t row_room = w->row_room;

    groups_clear(w);
    if (!w->exprs->count)
        return group_all(w, batch);
    if (!sl_files_grow(w, &w->row_group, &row_room, batch->nsel, sizeof *w->row_group) ||
        !sl_files_grow(w, &w->row, &w->row_room, batch->nsel, sizeof *w->row))
        return SL_E_NOMEM;
    if (!find_groups(w, batch, &rejected)) {
        groups_clear(w);
        return SL_E_NOMEM;
    }
    if (w->ngroups == 1 && !rejected)
        w->is_dense = 1;
    else
        lay_rows(w, batch);
    return SL_OK;
}
