/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/local/json.c - JSON of the catalog's own files.
 *
 * The reader is recursive with a limit on depth. Containers are written with 32-bit headers, whose
 * count is put in when they end.
 */
#include "json.h"

#include <stdio.h>

#include <sluice/text.h>

#define DEPTH_MAX 64u

/* ---- buffers --------------------------------------------------------------------------------- */

static uint8_t *jbuf_room(jbuf *b, uint64_t n)
{
    uint64_t room = b->room ? b->room : 512;
    uint8_t *grown;

    if (b->status != SL_OK)
        return NULL;
    if (b->len + n <= b->room)
        return b->data + b->len;
    while (room < b->len + n)
        room *= 2;
    grown = b->host->resize(b->node, b->data, room);
    if (!grown) {
        b->status = SL_E_NOMEM;
        return NULL;
    }
    b->data = grown;
    b->room = room;
    return grown + b->len;
}

void jbuf_raw(jbuf *b, const void *data, uint64_t n)
{
    uint8_t *p = n ? jbuf_room(b, n) : NULL;

    if (!p)
        return;
    memcpy(p, data, n);
    b->len += n;
}

void jbuf_text(jbuf *b, const char *text)
{
    jbuf_raw(b, text, strlen(text));
}

void jbuf_u64(jbuf *b, uint64_t v)
{
    char text[24];
    int n = snprintf(text, sizeof text, "%llu", (unsigned long long)v);

    jbuf_raw(b, text, (uint64_t)n);
}

void jbuf_clear(jbuf *b)
{
    b->len = 0;
    b->status = SL_OK;
}

void jbuf_free(jbuf *b)
{
    b->host->release(b->data);
    b->data = NULL;
    b->len = 0;
    b->room = 0;
}

/* ---- writing --------------------------------------------------------------------------------- */

void json_str(jbuf *b, const void *text, uint64_t len)
{
    static const char short_forms[] = "\b\t\n\f\r\"\\";
    static const char short_names[] = "btnfr\"\\";
    const uint8_t *p = text;
    uint64_t start = 0;

    jbuf_raw(b, "\"", 1);
    for (uint64_t i = 0; i < len; i++) {
        const char *at;
        char escape[8];
        int n;

        if (p[i] >= 0x20 && p[i] != '"' && p[i] != '\\' && p[i] != 0x7f)
            continue;
        jbuf_raw(b, p + start, i - start);
        start = i + 1;
        at = p[i] ? strchr(short_forms, p[i]) : NULL;
        n = at ? snprintf(escape, sizeof escape, "\\%c", short_names[at - short_forms])
               : snprintf(escape, sizeof escape, "\\u%04x", p[i]);
        jbuf_raw(b, escape, (uint64_t)n);
    }
    jbuf_raw(b, p + start, len - start);
    jbuf_raw(b, "\"", 1);
}

void json_hex(jbuf *b, const void *data, uint64_t len)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *p = data;

    jbuf_raw(b, "\"", 1);
    for (uint64_t i = 0; i < len; i++) {
        char pair[2] = {digits[p[i] >> 4], digits[p[i] & 15]};

        jbuf_raw(b, pair, 2);
    }
    jbuf_raw(b, "\"", 1);
}

static void write_number(jbuf *b, const sl_val *v)
{
    char text[SL_F64_TEXT];
    int n;

    if (v->type == SL_V_INT)
        n = snprintf(text, sizeof text, "%lld", (long long)v->i);
    else if (v->type == SL_V_UINT)
        n = snprintf(text, sizeof text, "%llu", (unsigned long long)v->u);
    else if (v->f - v->f == 0) /* neither infinite nor NaN */
        n = (int)sl_f64_print(v->f, text);
    else
        n = snprintf(text, sizeof text, "null");
    jbuf_raw(b, text, (uint64_t)n);
}

static void write_days(jbuf *b, int64_t days)
{
    int64_t year;
    uint32_t month;
    uint32_t day;
    char text[40];
    int n;

    sl_date_civil(days, &year, &month, &day);
    n = snprintf(text, sizeof text, "%04lld-%02u-%02u", (long long)year, month, day);
    json_str(b, text, (uint64_t)n);
}

static void write_us(jbuf *b, int64_t us)
{
    char text[SL_TIME_TEXT];

    json_str(b, text, sl_time_print(us, text));
}

static void write_ext(jbuf *b, const sl_val *v)
{
    char text[SL_DECIMAL_TEXT];
    sl_decimal d;
    int64_t us;

    if (sl_val_time_us(v, &us))
        write_us(b, us);
    else if (v->ext == SL_EXT_LOCAL && v->n == 8)
        write_us(b, (int64_t)sl_get64(v->ptr));
    else if (v->ext == SL_EXT_DATE && v->n == 4)
        write_days(b, (int32_t)sl_get32(v->ptr));
    else if (v->ext == SL_EXT_DECIMAL && sl_decimal_unpack(v->ptr, v->n, &d))
        jbuf_raw(b, text, sl_decimal_print(&d, text));
    else if (v->ext == SL_EXT_NUMBER)
        jbuf_raw(b, v->ptr, v->n);
    else if (v->ext == SL_EXT_UUID || v->ext == SL_EXT_TIMEDAY)
        json_hex(b, v->ptr, v->n);
    else
        jbuf_text(b, "null");
}

static void write_items(jbuf *b, const sl_val *v, uint32_t depth);

static void write_value(jbuf *b, const sl_val *v, uint32_t depth)
{
    switch (v->type) {
    case SL_V_BOOL:
        jbuf_text(b, v->n ? "true" : "false");
        break;
    case SL_V_INT:
    case SL_V_UINT:
    case SL_V_FLOAT:
        write_number(b, v);
        break;
    case SL_V_STR:
        json_str(b, v->ptr, v->n);
        break;
    case SL_V_BIN:
        json_hex(b, v->ptr, v->n);
        break;
    case SL_V_EXT:
        write_ext(b, v);
        break;
    case SL_V_ARRAY:
    case SL_V_MAP:
        write_items(b, v, depth);
        break;
    default:
        jbuf_text(b, "null");
        break;
    }
}

static void write_items(jbuf *b, const sl_val *v, uint32_t depth)
{
    int is_map = v->type == SL_V_MAP;
    const char *comma = "";
    sl_cur cur;
    sl_val key;
    sl_val val;

    if (depth == DEPTH_MAX) {
        b->status = SL_E_DATA;
        return;
    }
    jbuf_text(b, is_map ? "{" : "[");
    sl_cur_enter(&cur, v);
    while (sl_cur_next(&cur, &key, &val)) {
        jbuf_text(b, comma);
        comma = ",";
        if (is_map && key.type == SL_V_STR)
            json_str(b, key.ptr, key.n);
        else if (is_map)
            jbuf_text(b, "\"\"");
        if (is_map)
            jbuf_text(b, ":");
        write_value(b, &val, depth + 1);
    }
    jbuf_text(b, is_map ? "}" : "]");
}

void json_value(jbuf *b, const sl_val *v)
{
    write_value(b, v, 0);
}

/* ---- reading --------------------------------------------------------------------------------- */

typedef struct reader {
    jbuf *out;
    const char *at;
    const char *end;
} reader;

static int wrong(reader *r)
{
    if (r->out->status == SL_OK)
        r->out->status = SL_E_DATA;
    return 0;
}

static void skip_space(reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\n' || *r->at == '\t' || *r->at == '\r'))
        r->at++;
}

/* The next character after white space, if it is C. */
static int take(reader *r, char c)
{
    skip_space(r);
    if (r->at == r->end || *r->at != c)
        return 0;
    r->at++;
    return 1;
}

static int hex4(reader *r, uint32_t *out)
{
    *out = 0;
    if (r->end - r->at < 4)
        return wrong(r);
    for (int i = 0; i < 4; i++) {
        char c = *r->at++;
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a') + 10
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A') + 10
                                                : 16;

        if (digit == 16)
            return wrong(r);
        *out = *out << 4 | digit;
    }
    return 1;
}

static void put_utf8(jbuf *b, uint32_t c)
{
    uint8_t p[4];
    uint64_t n;

    if (c < 0x80) {
        p[0] = (uint8_t)c;
        n = 1;
    } else if (c < 0x800) {
        p[0] = (uint8_t)(0xc0 | c >> 6);
        p[1] = (uint8_t)(0x80 | (c & 0x3f));
        n = 2;
    } else if (c < 0x10000) {
        p[0] = (uint8_t)(0xe0 | c >> 12);
        p[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        p[2] = (uint8_t)(0x80 | (c & 0x3f));
        n = 3;
    } else {
        p[0] = (uint8_t)(0xf0 | c >> 18);
        p[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
        p[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        p[3] = (uint8_t)(0x80 | (c & 0x3f));
        n = 4;
    }
    jbuf_raw(b, p, n);
}

/* What follows a backslash. */
static int read_escape(reader *r)
{
    static const char names[] = "\"\\/bfnrt";
    static const char values[] = "\"\\/\b\f\n\r\t";
    const char *at;
    uint32_t c;
    uint32_t low;

    if (r->at == r->end)
        return wrong(r);
    if (*r->at != 'u') {
        at = *r->at ? strchr(names, *r->at) : NULL;
        if (!at)
            return wrong(r);
        r->at++;
        jbuf_raw(r->out, values + (at - names), 1);
        return 1;
    }
    r->at++;
    if (!hex4(r, &c))
        return 0;
    if (c >= 0xd800 && c < 0xdc00 && r->end - r->at > 2 && r->at[0] == '\\' && r->at[1] == 'u') {
        r->at += 2;
        if (!hex4(r, &low) || low < 0xdc00 || low > 0xdfff)
            return wrong(r);
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    }
    if (c >= 0xd800 && c < 0xe000)
        return wrong(r);
    put_utf8(r->out, c);
    return 1;
}

/* A string, behind its opening quote: as a str with a 32-bit header. */
static int read_str(reader *r)
{
    uint64_t head = r->out->len;

    jbuf_raw(r->out, "\xdb\0\0\0\0", 5);
    for (;;) {
        const char *start = r->at;

        while (r->at < r->end && (uint8_t)*r->at >= 0x20 && *r->at != '"' && *r->at != '\\')
            r->at++;
        jbuf_raw(r->out, start, (uint64_t)(r->at - start));
        if (r->at == r->end || (uint8_t)*r->at < 0x20)
            return wrong(r);
        if (*r->at++ == '"')
            break;
        if (!read_escape(r))
            return 0;
    }
    if (r->out->status != SL_OK)
        return 0;
    if (sl_utf8_span(r->out->data + head + 5, r->out->len - head - 5) != r->out->len - head - 5)
        return wrong(r);
    sl_set32(r->out->data + head + 1, (uint32_t)(r->out->len - head - 5));
    return 1;
}

static int read_number(reader *r)
{
    const char *start = r->at;
    int is_whole = 1;
    uint8_t bytes[9];
    size_t n;
    double f;
    int64_t i = 0;
    int minus = *start == '-';

    while (r->at < r->end && *r->at && strchr("+-.eE0123456789", *r->at)) {
        is_whole = is_whole && !strchr("+.eE", *r->at);
        r->at++;
    }
    n = (size_t)(r->at - start);
    if (!n || !sl_f64_parse(start, n, &f))
        return wrong(r);
    for (size_t k = (size_t)minus; k < n && is_whole; k++) {
        is_whole = !__builtin_mul_overflow(i, 10, &i) &&
                   !(minus ? __builtin_sub_overflow(i, start[k] - '0', &i)
                           : __builtin_add_overflow(i, start[k] - '0', &i));
    }
    is_whole = is_whole && !(minus && i == 0); /* -0 is a double */
    jbuf_raw(r->out, bytes,
             (uint64_t)((is_whole ? sl_enc_i64(bytes, i) : sl_enc_f64(bytes, f)) - bytes));
    return 1;
}

static int read_word(reader *r)
{
    static const struct {
        const char *word;
        uint8_t byte;
    } words[] = {{"null", 0xc0}, {"false", 0xc2}, {"true", 0xc3}};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t n = strlen(words[i].word);

        if ((size_t)(r->end - r->at) >= n && !memcmp(r->at, words[i].word, n)) {
            r->at += n;
            jbuf_raw(r->out, &words[i].byte, 1);
            return 1;
        }
    }
    return read_number(r);
}

static int read_value(reader *r, uint32_t depth);

/* A list or an object, behind its opening bracket. */
static int read_items(reader *r, int is_map, uint32_t depth)
{
    uint64_t head = r->out->len;
    uint32_t count = 0;
    char close = is_map ? '}' : ']';

    if (depth == DEPTH_MAX)
        return wrong(r);
    jbuf_raw(r->out, is_map ? "\xdf\0\0\0\0" : "\xdd\0\0\0\0", 5);
    if (!take(r, close)) {
        do {
            if (is_map && (!take(r, '"') || !read_str(r) || !take(r, ':')))
                return wrong(r);
            if (!read_value(r, depth + 1))
                return 0;
            count++;
        } while (take(r, ','));
        if (!take(r, close))
            return wrong(r);
    }
    if (r->out->status != SL_OK)
        return 0;
    sl_set32(r->out->data + head + 1, count);
    return 1;
}

static int read_value(reader *r, uint32_t depth)
{
    skip_space(r);
    if (r->at == r->end)
        return wrong(r);
    if (take(r, '{'))
        return read_items(r, 1, depth);
    if (take(r, '['))
        return read_items(r, 0, depth);
    if (take(r, '"'))
        return read_str(r);
    return read_word(r);
}

void json_read(jbuf *out, const char *text, uint64_t len)
{
    reader r = {.out = out, .at = text, .end = text + len};

    if (read_value(&r, 0)) {
        skip_space(&r);
        if (r.at != r.end)
            (void)wrong(&r);
    }
}
