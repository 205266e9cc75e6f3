/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/parquet/describe.c - what a finished file tells in its file record.
 *
 * The schema in pre-order, and for each plain column its nulls and bounds as msgpack values of the
 * column's type. Bounds of texts may be cut, as in the file: they still bound.
 */
#include "table.h"

static const char *const TYPE_TEXT[SL_PW_TYPES] = {
    "int64", "double", "decimal", "string", "bytes", "bool",   "timestamptz", "timestamp",
    "date",  "time",   "uuid",    "json",   "list",  "struct", "map"};

static int is_in_file(const sl_format_file *file, const sl_pw_variant *v)
{
    return v->id < file->column_cap && file->column[v->id].node != 0;
}

static const char *type_text(const sl_format_file *file, const sl_pw_variant *v, char *room)
{
    const sl_pw_column *c = &file->column[v->id];
    int n = 0;

    if (c->type != SL_PW_DECIMAL)
        return TYPE_TEXT[c->type];
    memcpy(room, "decimal(38,", 11);
    if (c->scale >= 10)
        room[11 + n++] = (char)('0' + c->scale / 10);
    room[11 + n++] = (char)('0' + c->scale % 10);
    room[11 + n++] = ')';
    room[11 + n] = 0;
    return room;
}

static uint32_t count_variants(const sl_format_file *file, const sl_pw_variant *in)
{
    const sl_pw_field *f;
    const sl_pw_variant *v;
    uint32_t n = 0;

    for (f = in->child; f; f = f->next)
        for (v = f->first; v; v = v->next)
            n += (uint32_t)is_in_file(file, v);
    return n;
}

static void put_fields(const sl_format_file *file, const sl_pw_variant *in, sl_files_info *info)
{
    const sl_pw_field *f;
    const sl_pw_variant *v;
    char room[16];

    for (f = in->child; f; f = f->next)
        for (v = f->first; v; v = v->next) {
            const int is_item = in->type == SL_PW_LIST;
            const int is_map = is_in_file(file, v) && file->column[v->id].type == SL_PW_MAP;

            if (!is_in_file(file, v))
                continue;
            sl_files_field(info, is_item ? "element" : v->name, is_item ? 7 : v->name_len,
                           type_text(file, v, room), 1, is_map ? 2 : count_variants(file, v));
            if (is_map) {
                sl_files_field(info, "key", 3, "string", 0, 0);
                sl_files_field(info, "value", 5, "string", 1, 0);
            }
            put_fields(file, v, info);
        }
}

/* ---- bounds ---------------------------------------------------------------------------------- */

static uint8_t *put_decimal(uint8_t *p, const sl_pw_column *c, sl_pq_bytes v)
{
    uint8_t data[18];

    sl_set16(data, (uint16_t)(int16_t)c->scale);
    memcpy(data + 2, v.ptr, 16);
    return sl_enc_ext(p, SL_EXT_DECIMAL, data, 18);
}

/* A bound of PLAIN bytes as a msgpack value at P, which has room for 5 bytes more than it; gives
 * the place behind, NULL when the type has none. */
static uint8_t *put_bound(uint8_t *p, const sl_pw_column *c, sl_pq_bytes v)
{
    uint64_t bits = 0, big;
    double d;

    if (v.len <= 8 && v.len > 0)
        memcpy(&bits, v.ptr, v.len);
    switch (c->type) {
    case SL_PW_INT:
        return sl_enc_i64(p, (int64_t)bits);
    case SL_PW_DOUBLE:
        memcpy(&d, &bits, sizeof(d));
        return sl_enc_f64(p, d);
    case SL_PW_BOOL:
        *p = bits ? 0xc3 : 0xc2;
        return p + 1;
    case SL_PW_STRING:
        p = sl_enc_str_head(p, v.len);
        break;
    case SL_PW_BYTES:
        p = sl_enc_bin_head(p, v.len);
        break;
    case SL_PW_INSTANT:
        return sl_enc_time(p, (int64_t)bits);
    case SL_PW_LOCAL:
    case SL_PW_TIME:
        sl_set64((uint8_t *)&big, bits);
        return sl_enc_ext(p, c->type == SL_PW_LOCAL ? SL_EXT_LOCAL : SL_EXT_TIMEDAY, &big, 8);
    case SL_PW_DATE:
        sl_set32((uint8_t *)&big, (uint32_t)bits);
        return sl_enc_ext(p, SL_EXT_DATE, &big, 4);
    case SL_PW_UUID:
        return sl_enc_ext(p, SL_EXT_UUID, v.ptr, v.len);
    case SL_PW_DECIMAL:
        return v.len == 16 ? put_decimal(p, c, v) : NULL;
    default:
        return NULL;
    }
    if (v.len)
        memcpy(p, v.ptr, v.len);
    return p + v.len;
}

#define BOUND_ROOM 256u
#define PATH_ROOM  2048u

static void put_column(const sl_format_file *file, const sl_pw_variant *v, const char *path,
                       uint32_t len, sl_files_info *info)
{
    const sl_pw_column *c = &file->column[v->id];
    uint8_t low[BOUND_ROOM], high[BOUND_ROOM];
    sl_bytes min = {low, 0}, max = {high, 0};
    sl_pq_stats stats;
    const uint8_t *end_low = NULL, *end_high = NULL;
    char room[16];

    sl_pq_writer_stats(file->writer, c->node, &stats);
    if (stats.has_bounds && stats.min.len + 8 < BOUND_ROOM && stats.max.len + 8 < BOUND_ROOM) {
        end_low = put_bound(low, c, stats.min);
        end_high = put_bound(high, c, stats.max);
    }
    min.len = end_low ? (uint64_t)(end_low - low) : 0;
    max.len = end_high ? (uint64_t)(end_high - high) : 0;
    sl_files_column(info, path, len, type_text(file, v, room), (int64_t)stats.nulls,
                    end_low ? &min : NULL, end_high ? &max : NULL);
}

/* Columns of the struct IN, whose path is the first LEN bytes of PATH. Those inside of lists are
 * left out: their counts are of items, not of rows. */
static void put_columns(const sl_format_file *file, const sl_pw_variant *in, char *path,
                        uint32_t len, sl_files_info *info)
{
    const sl_pw_field *f;
    const sl_pw_variant *v;

    for (f = in->child; f; f = f->next)
        for (v = f->first; v; v = v->next) {
            uint32_t n = len;

            if (!is_in_file(file, v) || len + v->name_len + 1 > PATH_ROOM)
                continue;
            if (n)
                path[n++] = '.';
            memcpy(path + n, v->name, v->name_len);
            n += v->name_len;
            if (file->column[v->id].type == SL_PW_STRUCT)
                put_columns(file, v, path, n, info);
            else if (file->column[v->id].type < SL_PW_LIST)
                put_column(file, v, path, n, info);
        }
}

void sl_pw_describe(const sl_format_file *file, sl_files_info *info)
{
    const sl_pw_variant *root = &file->format->schema.root;
    char path[PATH_ROOM];

    sl_files_fields(info, count_variants(file, root));
    put_fields(file, root, info);
    put_columns(file, root, path, 0, info);
}
