/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/json/scalar.h - the fast ways through strings, numbers and literals.
 *
 * Inlined into the walk. Each handles the common forms and leaves the others to string.c and
 * number.c. All of them may read up to 64 bytes behind the piece, and need a number to be followed
 * by another token, so that its last digit is not the last byte of the piece.
 */
#ifndef SL_JSON_SCALAR_H
#define SL_JSON_SCALAR_H
#include "plugins/json/simd.h"
#include "plugins/json/walk.h"

#define SL_LIKELY(x)   __builtin_expect(!!(x), 1)
#define SL_UNLIKELY(x) __builtin_expect(!!(x), 0)

#define SL_JSON_ROOM 192u /* bytes kept free for a key and a scalar, with overshoot */

/* Powers of ten that a double holds exactly. */
static const double sl_json_p10[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                     1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                     1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* [any] Is the key at P the one that N stands for? */
static inline int sl_json_key_is(const uint8_t *p, const sl_pnode *n)
{
    uint32_t len = n->json_len;
    uint64_t mask;

    if (SL_LIKELY(len - 1 < 16))
        return (~sl_json_equal16(p, n->json) & ((2u << (len - 1)) - 1)) == 0;
    if (len == 0 || len > 48)
        return 0;
    mask = sl_json_equal16(p, n->json) | (uint64_t)sl_json_equal16(p + 16, n->json + 16) << 16 |
           (uint64_t)sl_json_equal16(p + 32, n->json + 32) << 32;
    return (~mask & (((uint64_t)1 << len) - 1)) == 0;
}

/* [any] Write the key of N, which has a json form. */
static inline uint8_t *sl_json_key_put(uint8_t *out, const sl_pnode *n)
{
    memcpy(out, n->text, 16);
    if (SL_UNLIKELY(n->text_len > 16))
        memcpy(out + 16, n->text + 16, 16);
    return out + n->text_len;
}

/* [any] May a scalar end before the byte C? */
static inline int sl_json_ends(uint8_t c)
{
    return c == ',' || c == '}' || c == ']' || c == ' ' || c == '\n' || c == '\r' || c == '\t' ||
           c == ':';
}

/* [any] Copy LEN bytes of a string, in steps of sixteen. Gives whether there was a backslash. */
static inline uint32_t sl_json_copy_text(uint8_t *to, const uint8_t *from, uint64_t len)
{
    uint32_t found = 0;

    while (len > 16) {
        found |= sl_json_copy16(to, from);
        to += 16;
        from += 16;
        len -= 16;
    }
    return found | (sl_json_copy16(to, from) & ((1u << len) - 1));
}

/* [inst] Write the string that starts with the quote at P; S.idx is at the token behind it. */
static inline sl_json_step sl_json_string(sl_json_walk *w, sl_json_step s, const uint8_t *p)
{
    const uint8_t *close = w->buf + *s.idx - 1;
    uint8_t *out = s.out;
    uint64_t len;
    uint32_t escaped;

    if (SL_UNLIKELY(*close != '"' || close <= p)) {
        close = sl_json_string_close(p, close + 1);
        if (!close)
            return sl_json_fail(w, SL_JSON_SYNTAX, w->buf + w->len);
    }
    len = (uint64_t)(close - p) - 1;
    if (SL_UNLIKELY((uint64_t)(w->limit - out) < len + SL_JSON_ROOM)) {
        out = sl_json_grow(w, out, len + SL_JSON_ROOM);
        if (!out)
            return (sl_json_step){NULL, NULL};
    }
    s.out = sl_enc_str_head(out, len);
    escaped = sl_json_copy_text(s.out, p + 1, len);
    s.out += len;
    if (SL_UNLIKELY(escaped)) {
        s.out = sl_json_string_escaped(w, out, p, close);
        if (!s.out)
            s.idx = NULL;
    }
    return s;
}

/* The digits of a number: M is all of them together, N how many. */
typedef struct sl_json_digits {
    const uint8_t *p;
    uint64_t m;
    uint32_t n;
} sl_json_digits;

/* [any] Eight ASCII digits as a number; -1 when one of them is no digit. */
static inline int64_t sl_json_eight(const uint8_t *p)
{
    uint64_t v;

    memcpy(&v, p, sizeof v);
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    if (((v & 0xf0f0f0f0f0f0f0f0u) | (((v + 0x0606060606060606u) & 0xf0f0f0f0f0f0f0f0u) >> 4)) !=
        0x3333333333333333u)
        return -1;
    v = (v & 0x0f0f0f0f0f0f0f0fu) * 2561 >> 8;
    v = (v & 0x00ff00ff00ff00ffu) * 6553601 >> 16;
    return (int64_t)((v & 0x0000ffff0000ffffu) * 42949672960001u >> 32);
}

/* [any] Read digits onto D. Beyond nineteen M is meaningless. */
static inline sl_json_digits sl_json_digits_read(sl_json_digits d)
{
    int64_t eight;

    while (d.n <= 11 && (eight = sl_json_eight(d.p)) >= 0) {
        d.m = d.m * 100000000 + (uint64_t)eight;
        d.p += 8;
        d.n += 8;
    }
    while ((uint8_t)(*d.p - '0') < 10) {
        d.m = d.m * 10 + (uint64_t)(*d.p - '0');
        d.p++;
        d.n++;
    }
    return d;
}

/* [inst] Finish a number with a fraction whose digits are D, K of them behind the point. NULL: not
 * one of the fast forms. */
static inline uint8_t *sl_json_fraction(uint8_t *out, sl_json_digits d, uint32_t k, int negative,
                                        uint32_t *kind)
{
    double v;

    if (SL_LIKELY(d.m < 1000000000000000u && k <= 22)) {
        v = (double)(int64_t)d.m / sl_json_p10[k];
        *kind = SL_KIND_FLOAT;
        return sl_enc_f64(out, negative ? -v : v);
    }
    return sl_json_number_wide(out, d.m, k, negative, kind);
}

/* [inst] Write the number at P, which is followed by another token. The kind goes into KIND. NULL
 * when it is no number. */
static inline uint8_t *sl_json_number(sl_json_walk *w, uint8_t *out, const uint8_t *p,
                                      uint32_t *kind)
{
    int negative = *p == '-';
    const uint8_t *start = p + negative;
    sl_json_digits d = {start, 0, 0};
    uint32_t whole;
    uint8_t *end;

    d = sl_json_digits_read(d);
    whole = d.n;
    if (SL_UNLIKELY(whole == 0 || (*start == '0' && whole > 1) || whole > 18))
        return sl_json_number_text(w, out, p, w->len - (uint64_t)(p - w->buf), kind);
    if (sl_json_ends(*d.p) && !(negative && d.m == 0)) {
        *kind = SL_KIND_INT;
        return sl_enc_i64(out, negative ? -(int64_t)d.m : (int64_t)d.m);
    }
    if (*d.p == '.') {
        d.p++;
        d = sl_json_digits_read(d);
        if (SL_LIKELY(d.n > whole && d.n <= 19 && sl_json_ends(*d.p))) {
            end = sl_json_fraction(out, d, d.n - whole, negative, kind);
            if (SL_LIKELY(end != NULL))
                return end;
        }
    }
    return sl_json_number_text(w, out, p, w->len - (uint64_t)(p - w->buf), kind);
}

/* [inst] Write the literal at P, of which LEFT bytes belong to the piece. NULL when it is none. */
static inline uint8_t *sl_json_literal(uint8_t *out, const uint8_t *p, uint64_t left,
                                       uint32_t *kind)
{
    uint32_t four;
    uint32_t want;
    uint64_t len = 4;

    memcpy(&four, p, sizeof four);
    if (*p == 't') {
        memcpy(&want, "true", sizeof want);
        *out = 0xc3;
        *kind = SL_KIND_BOOL;
    } else if (*p == 'f') {
        memcpy(&four, p + 1, sizeof four);
        memcpy(&want, "alse", sizeof want);
        *out = 0xc2;
        *kind = SL_KIND_BOOL;
        len = 5;
    } else {
        memcpy(&want, "null", sizeof want);
        *out = 0xc0;
        *kind = SL_KIND_NIL;
    }
    if (four != want || left < len || (left > len && !sl_json_ends(p[len])))
        return NULL;
    return out + 1;
}

#endif
