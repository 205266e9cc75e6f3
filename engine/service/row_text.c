/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/service/row_text.c - JSON text of records.
 *
 * Everything is written through sl_rowtext_raw, which grows the buffer by doubling. Depth is
 * bounded by the caller; the recursion is one frame for each level.
 */
#include "engine/service/row_text.h"

#include <math.h>
#include <sluice/text.h>
#include <stdio.h>

void sl_rowtext_raw(sl_rowtext *out, const void *bytes, size_t len)
{
    if (out->is_short || !len)
        return;
    if (len > out->cap - out->len) {
        size_t cap = out->cap ? out->cap : 1024;
        char *more;
        while (cap - out->len < len)
            cap *= 2;
        more = sl_mem_resize(out->mem, out->text, cap);
        if (!more) {
            out->is_short = 1;
            return;
        }
        out->text = more;
        out->cap = cap;
    }
    memcpy(out->text + out->len, bytes, len);
    out->len += len;
}

void sl_rowtext_lit(sl_rowtext *out, const char *text)
{
    sl_rowtext_raw(out, text, strlen(text));
}

static void put_control(sl_rowtext *out, uint8_t c)
{
    char esc[8];

    if (c == '"' || c == '\\')
        (void)snprintf(esc, sizeof esc, "\\%c", c);
    else if (c == '\n')
        (void)snprintf(esc, sizeof esc, "\\n");
    else if (c == '\t')
        (void)snprintf(esc, sizeof esc, "\\t");
    else
        (void)snprintf(esc, sizeof esc, "\\u%04x", (unsigned)c);
    sl_rowtext_lit(out, esc);
}

void sl_rowtext_str(sl_rowtext *out, const void *text, size_t len)
{
    const uint8_t *p = text;
    const uint8_t *end = p + len;

    sl_rowtext_lit(out, "\"");
    while (p < end) {
        size_t good = sl_utf8_span(p, (size_t)(end - p));
        const uint8_t *stop = p + good;
        const uint8_t *from = p;
        for (; p < stop; p++) {
            if (*p >= 0x20 && *p != '"' && *p != '\\')
                continue;
            sl_rowtext_raw(out, from, (size_t)(p - from));
            put_control(out, *p);
            from = p + 1;
        }
        sl_rowtext_raw(out, from, (size_t)(p - from));
        if (p < end) {
            sl_rowtext_lit(out, "\\ufffd");
            p++;
        }
    }
    sl_rowtext_lit(out, "\"");
}

void sl_rowtext_hex(sl_rowtext *out, const void *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *p = bytes;

    sl_rowtext_lit(out, "\"");
    for (size_t i = 0; i < len; i++) {
        char two[2] = {digits[p[i] >> 4], digits[p[i] & 15]};
        sl_rowtext_raw(out, two, 2);
    }
    sl_rowtext_lit(out, "\"");
}

void sl_rowtext_base64(sl_rowtext *out, const void *bytes, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *p = bytes;

    sl_rowtext_lit(out, "\"");
    for (size_t i = 0; i < len; i += 3) {
        size_t n = len - i < 3 ? len - i : 3;
        uint32_t v = (uint32_t)p[i] << 16 | (n > 1 ? (uint32_t)p[i + 1] << 8 : 0) |
                     (n > 2 ? (uint32_t)p[i + 2] : 0);
        char four[4] = {digits[v >> 18], digits[v >> 12 & 63], n > 1 ? digits[v >> 6 & 63] : '=',
                        n > 2 ? digits[v & 63] : '='};
        sl_rowtext_raw(out, four, 4);
    }
    sl_rowtext_lit(out, "\"");
}

static void put_float(sl_rowtext *out, double f)
{
    char text[SL_F64_TEXT];

    if (!isfinite(f)) {
        sl_rowtext_lit(out, "null");
        return;
    }
    sl_rowtext_raw(out, text, sl_f64_print(f, text));
}

static void put_time(sl_rowtext *out, int64_t us)
{
    char text[SL_TIME_TEXT];

    sl_rowtext_str(out, text, sl_time_print(us, text));
}

static void put_ext(sl_rowtext *out, const sl_val *v)
{
    sl_decimal dec;
    char text[SL_DECIMAL_TEXT];
    int64_t us;

    if (sl_val_time_us(v, &us))
        put_time(out, us);
    else if (v->ext == SL_EXT_DECIMAL && sl_decimal_unpack(v->ptr, v->n, &dec))
        sl_rowtext_raw(out, text, sl_decimal_print(&dec, text));
    else if (v->ext == SL_EXT_NUMBER)
        sl_rowtext_raw(out, v->ptr, v->n);
    else if (v->ext == SL_EXT_DATE && v->n == 4) {
        char day[SL_TIME_TEXT];
        (void)sl_time_print((int64_t)(int32_t)sl_get32(v->ptr) * 86400000000, day);
        sl_rowtext_str(out, day, 10);
    } else
        sl_rowtext_base64(out, v->ptr, v->n);
}

static void put_items(sl_rowtext *out, const sl_val *v, uint32_t depth)
{
    const char *comma = "";
    sl_cur cur;
    sl_val key;
    sl_val val;

    sl_rowtext_lit(out, v->type == SL_V_MAP ? "{" : "[");
    sl_cur_enter(&cur, v);
    while (sl_cur_next(&cur, &key, &val)) {
        sl_rowtext_lit(out, comma);
        comma = ",";
        if (v->type == SL_V_MAP) {
            sl_rowtext_str(out, key.ptr, key.n);
            sl_rowtext_lit(out, ":");
        }
        sl_rowtext_val(out, &val, depth - 1);
    }
    sl_rowtext_lit(out, v->type == SL_V_MAP ? "}" : "]");
}

void sl_rowtext_val(sl_rowtext *out, const sl_val *v, uint32_t depth)
{
    char text[32];

    switch (v->type) {
    case SL_V_BOOL:
        sl_rowtext_lit(out, v->n ? "true" : "false");
        return;
    case SL_V_INT:
        (void)snprintf(text, sizeof text, "%lld", (long long)v->i);
        sl_rowtext_lit(out, text);
        return;
    case SL_V_UINT:
        (void)snprintf(text, sizeof text, "%llu", (unsigned long long)v->u);
        sl_rowtext_lit(out, text);
        return;
    case SL_V_FLOAT:
        put_float(out, v->f);
        return;
    case SL_V_STR:
        sl_rowtext_str(out, v->ptr, v->n);
        return;
    case SL_V_BIN:
        sl_rowtext_base64(out, v->ptr, v->n);
        return;
    case SL_V_EXT:
        put_ext(out, v);
        return;
    case SL_V_ARRAY:
    case SL_V_MAP:
        if (depth) {
            put_items(out, v, depth);
            return;
        }
        break;
    default:
        break;
    }
    sl_rowtext_lit(out, "null");
}

const char *sl_rowtext_end(sl_rowtext *out)
{
    sl_rowtext_raw(out, "", 1);
    if (out->is_short)
        return NULL;
    out->len--;
    return out->text;
}

void sl_rowtext_free(sl_rowtext *out)
{
    sl_mem_free(out->text);
    out->text = NULL;
    out->len = 0;
    out->cap = 0;
}
