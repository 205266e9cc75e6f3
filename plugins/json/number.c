/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/json/number.c - numbers that the fast way leaves: long ones, with exponents, huge ones.
 *
 * A number becomes a float only when the double's shortest form is the same number; else it is a
 * decimal of at most 38 digits, else its own text. For up to 19 digits behind which a power of ten
 * up to 10^19 stands, one exact 128 by 64 bit division gives the correctly rounded double, and with
 * it how far the text is from that double; from the distance follows whether a shorter or nearer
 * text exists. Where that is too close to call, and for all else, the number is printed and read.
 */
#include "plugins/json/scalar.h"

#include <sluice/text.h>

#define DIVIDE_POWERS 19u

static const uint64_t powers[DIVIDE_POWERS + 1] = {1u,
                                                   10u,
                                                   100u,
                                                   1000u,
                                                   10000u,
                                                   100000u,
                                                   1000000u,
                                                   10000000u,
                                                   100000000u,
                                                   1000000000u,
                                                   10000000000u,
                                                   100000000000u,
                                                   1000000000000u,
                                                   10000000000000u,
                                                   100000000000000u,
                                                   1000000000000000u,
                                                   10000000000000000u,
                                                   100000000000000000u,
                                                   1000000000000000000u,
                                                   10000000000000000000u};

/* HI:LO / D with HI < D: gives the quotient, and the remainder in REST. */
static uint64_t divide(uint64_t hi, uint64_t lo, uint64_t d, uint64_t *rest)
{
#ifdef __x86_64__
    uint64_t q;
    uint64_t r;

    __asm__("divq %4" : "=a"(q), "=d"(r) : "0"(lo), "1"(hi), "r"(d) : "cc");
    *rest = r;
    return q;
#else
    unsigned __int128 n = (unsigned __int128)hi << 64 | lo;

    *rest = (uint64_t)(n % d);
    return (uint64_t)(n / d);
#endif
}

/* How sure the answer of nearest() is. */
#define SURE_SAME  1
#define SURE_OTHER 2
#define NOT_SURE   3

/* The double next to M / 10^K, and whether its shortest form is that number: M has no trailing
 * zero. */
static int nearest(uint64_t m, uint32_t k, double *out)
{
    uint32_t up_m = (uint32_t)__builtin_clzll(m);
    uint32_t up_d = (uint32_t)__builtin_clzll(powers[k]);
    uint64_t d = powers[k] << up_d;
    uint64_t top = m << up_m;
    uint64_t rest;
    uint64_t q = divide(top >> 1, top << 63, d, &rest);
    uint32_t cut = q >> 63 ? 11 : 10;
    uint64_t f = q >> cut;
    double part = (double)(q & ((1u << cut) - 1)) + (double)rest / (double)d;
    uint64_t bits;
    double unit; /* distance of doubles here, in units of the last digit of M */
    double off;  /* the number minus the double, in the same units */
    double last = (double)(m % 10);

    part /= (double)(1u << cut);
    if (part > 0.5 - 1e-12 && part < 0.5 + 1e-12)
        return NOT_SURE;
    if (part > 0.5) {
        f++;
        part -= 1;
    }
    if (f <= (uint64_t)1 << 52 || f >= (uint64_t)1 << 53)
        return NOT_SURE;
    bits = (f & (((uint64_t)1 << 52) - 1)) |
           (uint64_t)((int64_t)up_d - (int64_t)up_m - 63 + (int64_t)cut + 52 + 1023) << 52;
    memcpy(out, &bits, sizeof *out);
    unit = (double)m / (double)f;
    off = part * unit;
    if (__builtin_fabs(off) > 0.5 + 1e-6 || last - off < 0.5 * unit - 1e-6 ||
        10 - last + off < 0.5 * unit - 1e-6)
        return SURE_OTHER;
    if (__builtin_fabs(off) < 0.5 - 1e-6 && last - off > 0.5 * unit + 1e-6 &&
        10 - last + off > 0.5 * unit + 1e-6)
        return SURE_SAME;
    return NOT_SURE;
}

/* Write the decimal D, without zeros at the end of its fraction: equal numbers, equal bytes. */
static uint8_t *put_decimal(uint8_t *out, sl_decimal d, uint32_t *kind)
{
    uint8_t packed[18];
    uint32_t len;

    while (d.scale > 0 && d.unscaled % 10 == 0) {
        d.unscaled /= 10;
        d.scale--;
    }
    len = sl_decimal_pack(&d, packed);
    *kind = SL_KIND_DECIMAL;
    return sl_enc_ext(out, SL_EXT_DECIMAL, packed, len);
}

uint8_t *sl_json_number_wide(uint8_t *out, uint64_t m, uint32_t k, int negative, uint32_t *kind)
{
    sl_decimal d;
    double v;
    int sure;

    while (m % 10 == 0 && m && k) {
        m /= 10;
        k--;
    }
    if (m < 1000000000000000u && k <= 22) {
        v = (double)(int64_t)m / sl_json_p10[k];
        sure = SURE_SAME;
    } else {
        sure = m % 10 && k <= DIVIDE_POWERS ? nearest(m, k, &v) : NOT_SURE;
    }
    if (sure == NOT_SURE)
        return NULL;
    if (sure == SURE_SAME) {
        *kind = SL_KIND_FLOAT;
        return sl_enc_f64(out, negative ? -v : v);
    }
    d.unscaled = negative ? -(__int128)m : (__int128)m;
    d.scale = (int32_t)k;
    return put_decimal(out, d, kind);
}

/* The length of the number at P, at most LEN; 0 when it breaks the grammar. WHOLE tells whether it
 * is without fraction and exponent. */
static uint64_t number_span(const uint8_t *p, uint64_t len, int *whole)
{
    uint64_t i = len && p[0] == '-';
    uint64_t start = i;

    *whole = 1;
    while (i < len && (uint8_t)(p[i] - '0') < 10)
        i++;
    if (i == start || (p[start] == '0' && i > start + 1))
        return 0;
    if (i < len && p[i] == '.') {
        *whole = 0;
        start = ++i;
        while (i < len && (uint8_t)(p[i] - '0') < 10)
            i++;
        if (i == start)
            return 0;
    }
    if (i < len && (p[i] | 0x20) == 'e') {
        *whole = 0;
        i++;
        i += i < len && (p[i] == '+' || p[i] == '-');
        start = i;
        while (i < len && (uint8_t)(p[i] - '0') < 10)
            i++;
        if (i == start)
            return 0;
    }
    return i;
}

/* Take trailing zeros of D away, so that equal numbers become equal structs. */
static void normalize(sl_decimal *d)
{
    while (d->unscaled && d->unscaled % 10 == 0) {
        d->unscaled /= 10;
        d->scale--;
    }
    if (!d->unscaled)
        d->scale = 0;
}

/* Is the shortest form of V the number D? */
static int same_number(double v, const sl_decimal *d)
{
    char text[SL_F64_TEXT];
    uint32_t len = sl_f64_print(v, text);
    sl_decimal back;
    sl_decimal want = *d;

    if (!sl_decimal_parse(text, len, &back))
        return 0;
    normalize(&back);
    normalize(&want);
    return back.unscaled == want.unscaled && back.scale == want.scale;
}

/* A whole number that fits 64 bits. Gives NULL when it does not, or is -0. */
static uint8_t *put_whole(uint8_t *out, const uint8_t *p, uint64_t len, uint32_t *kind)
{
    int negative = *p == '-';
    uint64_t m = 0;

    for (uint64_t i = (uint64_t)negative; i < len; i++) {
        if (__builtin_mul_overflow(m, 10u, &m) ||
            __builtin_add_overflow(m, (uint64_t)(p[i] - '0'), &m))
            return NULL;
    }
    if (negative) {
        if (m == 0 || m > (uint64_t)INT64_MAX + 1)
            return NULL;
        *kind = SL_KIND_INT;
        return sl_enc_i64(out, (int64_t)(0 - m));
    }
    *kind = m >> 63 ? SL_KIND_UINT : SL_KIND_INT;
    return sl_enc_u64(out, m);
}

/* Does the number at P have only zeros for digits? */
static int is_zero(const uint8_t *p, uint64_t len)
{
    for (uint64_t i = 0; i < len && (p[i] | 0x20) != 'e'; i++) {
        if (p[i] >= '1' && p[i] <= '9')
            return 0;
    }
    return 1;
}

uint8_t *sl_json_number_text(sl_json_walk *w, uint8_t *out, const uint8_t *p, uint64_t len,
                             uint32_t *kind)
{
    int whole;
    uint64_t n = number_span(p, len, &whole);
    uint8_t *end;
    sl_decimal d;
    double v;
    int is_decimal;

    if (n == 0 || (n < len && !sl_json_ends(p[n]))) {
        (void)sl_json_fail(w, SL_JSON_NUMBER, p);
        return NULL;
    }
    if (whole) {
        end = put_whole(out, p, n, kind);
        if (end)
            return end;
    }
    if (is_zero(p, n)) {
        *kind = SL_KIND_FLOAT;
        return sl_enc_f64(out, *p == '-' ? -0.0 : 0.0);
    }
    is_decimal = sl_decimal_parse((const char *)p, n, &d);
    if (is_decimal && sl_f64_parse((const char *)p, n, &v) && same_number(v, &d)) {
        *kind = SL_KIND_FLOAT;
        return sl_enc_f64(out, v);
    }
    if (is_decimal)
        return put_decimal(out, d, kind);
    if ((uint64_t)(w->limit - out) < n + SL_JSON_ROOM) {
        out = sl_json_grow(w, out, n + SL_JSON_ROOM);
        if (!out)
            return NULL;
    }
    *kind = SL_KIND_EXT;
    return sl_enc_ext(out, SL_EXT_NUMBER, p, n);
}
