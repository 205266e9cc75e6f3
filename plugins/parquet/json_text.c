/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/parquet/json_text.c - a value as JSON text, for columns that hold what no type does.
 *
 * Times, dates and identifiers become their usual text, bytes base64, NaN and infinities null.
 * Keys of maps that are no text are written as their JSON in quotes.
 */
#include <sluice/text.h>
#include <stdio.h>

#include "table.h"

typedef struct printer {
    sl_format_file *file;
    uint64_t len;
    int is_short; /* of memory */
} printer;

static void put(printer *o, const void *text, uint64_t len)
{
    sl_format_file *file = o->file;
    const sl_files_env *env = file->format->env;
    uint64_t need = o->len + len + SL_PQ_PAD, cap = file->text_cap ? file->text_cap : 256;
    uint8_t *p;

    if (o->is_short)
        return;
    if (need > file->text_cap) {
        while (cap < need)
            cap *= 2;
        p = env->host->resize(env->node, file->text, cap);
        if (!p) {
            o->is_short = 1;
            return;
        }
        file->text = p;
        file->text_cap = cap;
    }
    if (len)
        memcpy(file->text + o->len, text, len);
    o->len += len;
}

static void put_text(printer *o, const char *text)
{
    put(o, text, strlen(text));
}

static void put_string(printer *o, const uint8_t *p, uint64_t len)
{
    uint64_t i, from = 0;
    char escape[8];

    put(o, "\"", 1);
    for (i = 0; i < len; i++) {
        if (p[i] >= 0x20 && p[i] != '"' && p[i] != '\\')
            continue;
        put(o, p + from, i - from);
        from = i + 1;
        if (p[i] >= 0x20)
            (void)snprintf(escape, sizeof(escape), "\\%c", p[i]);
        else
            (void)snprintf(escape, sizeof(escape), "\\u%04x", p[i]);
        put_text(o, escape);
    }
    put(o, p + from, len - from);
    put(o, "\"", 1);
}

static void put_base64(printer *o, const uint8_t *p, uint64_t len)
{
    static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint64_t i;

    put(o, "\"", 1);
    for (i = 0; i < len; i += 3) {
        uint32_t left = len - i < 3 ? (uint32_t)(len - i) : 3;
        uint32_t v = (uint32_t)p[i] << 16 | (uint32_t)(left > 1 ? p[i + 1] : 0) << 8 |
                     (left > 2 ? p[i + 2] : 0);
        char out[4] = {DIGITS[v >> 18], DIGITS[v >> 12 & 63], DIGITS[v >> 6 & 63], DIGITS[v & 63]};

        memset(out + 1 + left, '=', 3 - left);
        put(o, out, 4);
    }
    put(o, "\"", 1);
}

static void put_time(printer *o, int64_t us, uint32_t cut)
{
    char text[SL_TIME_TEXT];
    uint32_t n = sl_time_print(us, text);

    put(o, "\"", 1);
    put(o, text, n - cut);
    put(o, "\"", 1);
}

static void put_date(printer *o, int32_t days)
{
    char text[32];
    uint32_t month, day;
    int64_t year;

    sl_date_civil(days, &year, &month, &day);
    (void)snprintf(text, sizeof(text), "\"%04lld-%02u-%02u\"", (long long)year, month, day);
    put_text(o, text);
}

static void put_time_of_day(printer *o, int64_t us)
{
    char text[48];
    long long s = us / 1000000;

    (void)snprintf(text, sizeof(text), "\"%02lld:%02lld:%02lld.%06lld\"", s / 3600, s / 60 % 60,
                   s % 60, (long long)(us % 1000000));
    put_text(o, text);
}

static void put_uuid(printer *o, const uint8_t *p)
{
    char text[40];
    uint32_t i, n = 0;

    for (i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            text[n++] = '-';
        n += (uint32_t)snprintf(text + n, sizeof(text) - n, "%02x", p[i]);
    }
    put_string(o, (const uint8_t *)text, n);
}

static void put_ext(printer *o, const sl_val *v)
{
    char text[SL_DECIMAL_TEXT + 16];
    sl_decimal d;
    int64_t us;

    if (v->ext == SL_EXT_NUMBER)
        put(o, v->ptr, v->n);
    else if (v->ext == SL_EXT_DECIMAL && sl_decimal_unpack(v->ptr, v->n, &d) && d.scale <= 19 &&
             d.scale >= -19)
        put(o, text, sl_decimal_print(&d, text));
    else if (sl_val_time_us(v, &us))
        put_time(o, us, 0);
    else if (v->ext == SL_EXT_LOCAL && v->n == 8)
        put_time(o, (int64_t)sl_get64(v->ptr), 1);
    else if (v->ext == SL_EXT_DATE && v->n == 4)
        put_date(o, (int32_t)sl_get32(v->ptr));
    else if (v->ext == SL_EXT_TIMEDAY && v->n == 8)
        put_time_of_day(o, (int64_t)sl_get64(v->ptr));
    else if (v->ext == SL_EXT_UUID && v->n == 16)
        put_uuid(o, v->ptr);
    else
        put_base64(o, v->ptr, v->n);
}

static void put_float(printer *o, double v)
{
    char text[SL_F64_TEXT];

    if (v - v != 0)
        put_text(o, "null");
    else
        put(o, text, sl_f64_print(v, text));
}

static void put_value(printer *o, const sl_val *v);

static void put_items(printer *o, const sl_val *v)
{
    const int is_map = v->type == SL_V_MAP;
    uint64_t i = 0;
    sl_val key, item;
    sl_cur cur;

    put_text(o, is_map ? "{" : "[");
    sl_cur_enter(&cur, v);
    while (sl_cur_next(&cur, &key, &item)) {
        put_text(o, i++ ? "," : "");
        if (is_map && key.type == SL_V_STR)
            put_string(o, key.ptr, key.n);
        else if (is_map)
            put_base64(o, key.raw, sl_val_span(&key));
        put_text(o, is_map ? ":" : "");
        put_value(o, &item);
    }
    put_text(o, is_map ? "}" : "]");
}

static void put_value(printer *o, const sl_val *v)
{
    char text[32];

    switch (v->type) {
    case SL_V_BOOL:
        put_text(o, v->n ? "true" : "false");
        break;
    case SL_V_INT:
        (void)snprintf(text, sizeof(text), "%lld", (long long)v->i);
        put_text(o, text);
        break;
    case SL_V_UINT:
        (void)snprintf(text, sizeof(text), "%llu", (unsigned long long)v->u);
        put_text(o, text);
        break;
    case SL_V_FLOAT:
        put_float(o, v->f);
        break;
    case SL_V_STR:
        put_string(o, v->ptr, v->n);
        break;
    case SL_V_BIN:
        put_base64(o, v->ptr, v->n);
        break;
    case SL_V_ARRAY:
    case SL_V_MAP:
        put_items(o, v);
        break;
    case SL_V_EXT:
        put_ext(o, v);
        break;
    default:
        put_text(o, "null");
        break;
    }
}

sl_pq_bytes sl_pw_json(sl_format_file *file, const uint8_t *p)
{
    printer o = {.file = file};
    sl_pq_bytes text = {NULL, 0};
    sl_val v;

    (void)sl_val_read(p, &v);
    put_value(&o, &v);
    if (!o.is_short) {
        text.ptr = file->text;
        text.len = o.len;
    }
    return text;
}

/* ---- exact keys ------------------------------------------------------------------------------ */

#define PATH_MAX_DEPTH (SL_PW_DEPTH_MAX + 2u)

static int is_renamed(const sl_pw_variant *v)
{
    for (; v->of; v = v->of->in)
        if (v->of->in->type != SL_PW_LIST &&
            (v->name_len != v->of->key_len || memcmp(v->name, v->of->key, v->name_len) != 0))
            return 1;
    return 0;
}

/* "a.b":["a","b c"], from the root on. Items of lists are [] in the name and null as a key. */
static void put_keys(printer *o, const sl_pw_variant *v)
{
    const sl_pw_variant *path[PATH_MAX_DEPTH];
    uint32_t n = 0, i;

    for (; v->of && n < PATH_MAX_DEPTH; v = v->of->in)
        path[n++] = v;
    put_text(o, "\"");
    for (i = n; i-- > 0;) {
        put_text(o, i + 1 < n ? "." : "");
        if (path[i]->of->in->type == SL_PW_LIST)
            put_text(o, "[]");
        else
            put(o, path[i]->name, path[i]->name_len);
    }
    put_text(o, "\":[");
    for (i = n; i-- > 0;) {
        put_text(o, i + 1 < n ? "," : "");
        if (path[i]->of->in->type == SL_PW_LIST)
            put_text(o, "null");
        else
            put_string(o, path[i]->of->key, path[i]->of->key_len);
    }
    put_text(o, "]");
}

sl_pq_bytes sl_pw_keys(sl_format_file *file)
{
    const sl_pw_schema *s = &file->format->schema;
    printer o = {.file = file};
    sl_pq_bytes text = {NULL, 0};
    uint32_t i, n = 0;

    put_text(&o, "{");
    for (i = 1; i < s->count && i < file->column_cap; i++) {
        if (!file->column[i].col || !is_renamed(s->all[i]))
            continue;
        put_text(&o, n++ ? "," : "");
        put_keys(&o, s->all[i]);
    }
    put_text(&o, "}");
    if (!o.is_short) {
        text.ptr = file->text;
        text.len = o.len;
    }
    return text;
}
