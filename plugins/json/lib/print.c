/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/json/lib/print.c - msgpack values as JSON text: structure, strings, integers.
 *
 * Room is made once per value, so that scalars are written without checks. A string is copied
 * sixteen bytes at a time up to the first byte that needs an escape; from there on room is made for
 * the worst case and the copy goes on between escapes.
 */
#include "plugins/json/lib/print_priv.h"

#include "plugins/json/simd.h"

static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233"
                            "34353637383940414243444546474849505152535455565758596061626364656667"
                            "6869707172737475767778798081828384858687888990919293949596979899";

void sl_json_text_init(sl_json_text *t, const sl_host *host, sl_node *node)
{
    memset(t, 0, sizeof *t);
    t->host = host;
    t->node = node;
}

void sl_json_text_fini(sl_json_text *t)
{
    t->host->release(t->ptr);
    t->ptr = NULL;
    t->len = t->cap = 0;
}

uint8_t *sl_json_text_room(sl_json_text *t, uint8_t *to, uint64_t n)
{
    uint64_t used = t->ptr ? (uint64_t)(to - t->ptr) : 0;
    uint64_t cap = t->cap * 2;
    uint8_t *bigger;

    if (t->cap - used >= n && t->ptr)
        return to;
    if (cap < used + n)
        cap = used + n + 4096;
    bigger = t->host->resize(t->node, t->ptr, cap);
    if (!bigger)
        return NULL;
    t->ptr = bigger;
    t->cap = cap;
    return bigger + used;
}

uint8_t *sl_json_print_u64(uint8_t *to, uint64_t v)
{
    uint8_t digits[20];
    uint32_t at = sizeof digits;

    while (v >= 100) {
        memcpy(digits + (at -= 2), pairs + 2 * (v % 100), 2);
        v /= 100;
    }
    if (v >= 10)
        memcpy(digits + (at -= 2), pairs + 2 * v, 2);
    else
        digits[--at] = (uint8_t)('0' + v);
    memcpy(to, digits + at, sizeof digits - at);
    return to + (sizeof digits - at);
}

/* Write the escape of C. */
static uint8_t *put_escape(uint8_t *to, uint8_t c)
{
    static const char hex[] = "0123456789abcdef";
    static const char letter[256] = {['"'] = '"',  ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
                                     ['\n'] = 'n', ['\r'] = 'r',  ['\t'] = 't'};

    *to++ = '\\';
    if (letter[c]) {
        *to++ = (uint8_t)letter[c];
        return to;
    }
    memcpy(to, "u00", 3);
    to[3] = (uint8_t)hex[c >> 4];
    to[4] = (uint8_t)hex[c & 15];
    return to + 5;
}

/* Write the LEN bytes at FROM of which some need escapes; no quotes. */
static uint8_t *put_escaped(sl_json_text *t, uint8_t *to, const uint8_t *from, uint64_t len)
{
    uint32_t hit;
    uint32_t n;

    to = sl_json_text_room(t, to, 6 * len + SL_JSON_PRINT_ROOM);
    while (to && len) {
        n = len < 16 ? (uint32_t)len : 16;
        hit = 0;
        if (n == 16) {
            hit = sl_json_escape16(to, from);
        } else {
            memcpy(to, from, n);
            for (uint32_t i = 0; i < n; i++)
                hit |= (uint32_t)(from[i] < 0x20 || from[i] == '"' || from[i] == '\\') << i;
        }
        if (hit)
            n = (uint32_t)__builtin_ctz(hit);
        to += n;
        from += n;
        len -= n;
        if (hit) {
            to = put_escape(to, *from++);
            len--;
        }
    }
    return to;
}

/* Write the string of LEN bytes at FROM in quotes. A body has 64 readable bytes behind it. */
static inline uint8_t *put_string(sl_json_text *t, uint8_t *to, const uint8_t *from, uint64_t len)
{
    uint64_t done = 0;
    uint32_t hit = 0;

    to = sl_json_text_room(t, to, len + SL_JSON_PRINT_ROOM);
    if (!to)
        return NULL;
    *to++ = '"';
    while (done + 16 <= len && !hit) {
        hit = sl_json_escape16(to + done, from + done);
        done += 16;
    }
    if (hit) {
        done += (uint64_t)__builtin_ctz(hit) - 16;
    } else if (done < len) {
        hit = sl_json_escape16(to + done, from + done) & ((1u << (len - done)) - 1);
        done = hit ? done + (uint64_t)__builtin_ctz(hit) : len;
    }
    to += done;
    if (hit)
        to = put_escaped(t, to, from + done, len - done);
    if (to)
        *to++ = '"';
    return to;
}

typedef struct place {
    const uint8_t *from; /* behind the value; NULL: memory is short */
    uint8_t *to;
} place;

static place put_any(sl_json_text *t, const uint8_t *from, uint8_t *to);

/* The content of the map or array V. */
static place put_inside(sl_json_text *t, const sl_val *v, uint8_t *to)
{
    place p = {v->ptr, to};
    sl_val key;

    *p.to++ = v->type == SL_V_MAP ? '{' : '[';
    for (uint64_t i = 0; i < v->n; i++) {
        if (i)
            *p.to++ = ',';
        if (v->type == SL_V_MAP) {
            p.from = sl_val_read(p.from, &key);
            p.to = put_string(t, p.to, key.ptr, key.n);
            if (!p.to)
                return (place){NULL, NULL};
            *p.to++ = ':';
        }
        p = put_any(t, p.from, p.to);
        if (!p.to)
            return p;
    }
    *p.to++ = v->type == SL_V_MAP ? '}' : ']';
    return p;
}

/* A scalar that is no string. */
static uint8_t *put_scalar(sl_json_text *t, const sl_val *v, uint8_t *to)
{
    switch (v->type) {
    case SL_V_BOOL:
        memcpy(to, v->n ? "true\0" : "false", 5);
        return to + (v->n ? 4 : 5);
    case SL_V_UINT:
        return sl_json_print_u64(to, v->u);
    case SL_V_FLOAT:
        return sl_json_print_f64(to, v->f);
    case SL_V_BIN:
        return sl_json_print_base64(t, to, v->ptr, v->n);
    case SL_V_EXT:
        return sl_json_print_ext(t, to, v);
    default:
        memcpy(to, "null", 4);
        return to + 4;
    }
}

/* The value at FROM. Leaves room for what may follow it: a comma, a colon, a bracket. */
static place put_any(sl_json_text *t, const uint8_t *from, uint8_t *to)
{
    place p;
    sl_val v;

    p.from = sl_val_read(from, &v);
    if (v.type == SL_V_STR) {
        p.to = put_string(t, to, v.ptr, v.n);
        return p;
    }
    to = sl_json_text_room(t, to, SL_JSON_PRINT_ROOM);
    if (!to)
        return (place){NULL, NULL};
    if (v.type == SL_V_MAP || v.type == SL_V_ARRAY)
        return put_inside(t, &v, to);
    if (v.type == SL_V_INT) {
        if (v.i < 0)
            *to++ = '-';
        p.to = sl_json_print_u64(to, v.i < 0 ? 0 - (uint64_t)v.i : (uint64_t)v.i);
    } else {
        p.to = put_scalar(t, &v, to);
    }
    return p;
}

/* Where the text of T ends. */
static uint8_t *end_of(const sl_json_text *t)
{
    return t->ptr ? t->ptr + t->len : NULL;
}

sl_status sl_json_print(sl_json_text *t, const uint8_t *value)
{
    place p = put_any(t, value, end_of(t));

    if (!p.to)
        return SL_E_NOMEM;
    t->len = (uint64_t)(p.to - t->ptr);
    return SL_OK;
}

sl_status sl_json_text_put(sl_json_text *t, const void *text, uint64_t len)
{
    uint8_t *to = sl_json_text_room(t, end_of(t), len + SL_JSON_PRINT_ROOM);

    if (!to)
        return SL_E_NOMEM;
    memcpy(to, text, len);
    t->len += len;
    return SL_OK;
}
