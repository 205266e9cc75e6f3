/* SPDX-License-Identifier: Apache-2.0
 *
 * sdk/lib/decimal.c - decimal numbers of up to 38 digits, exactly.
 *
 * A decimal is an __int128 and a power of ten. Digits are taken as they come; trailing zeros are
 * kept as written while there is room ("1.50" has scale 2), and given up when the digits that
 * count would not fit otherwise.
 */
#include <sluice/sdk.h>
#include <sluice/text.h>

#include <string.h>

typedef unsigned __int128 u128;

#define SCALE_MAX 32767
#define SCALE_MIN (-32768)
#define PLAIN_MAX 19 /* largest |scale| that is printed without an exponent */

/* Digits while they are read. */
typedef struct digits {
    u128 value;
    uint32_t used;  /* digits in VALUE, leading zeros left out */
    int64_t zeros;  /* zeros read behind them, not in VALUE yet */
    int64_t behind; /* digits behind the point, all of them */
    int seen;       /* was there any digit? */
    int too_many;
} digits;

static void push_digit(digits *d, uint32_t digit)
{
    d->seen = 1;
    if (!digit) {
        if (d->used)
            d->zeros++;
        return;
    }
    if (d->used + (uint64_t)d->zeros >= SL_DECIMAL_MAX) {
        d->too_many = 1;
        return;
    }
    for (; d->zeros; d->zeros--, d->used++)
        d->value *= 10;
    d->value = d->value * 10 + digit;
    d->used++;
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Read the exponent that begins at P; NULL when it has no digits. */
static const char *read_exponent(const char *p, const char *end, int64_t *out)
{
    int64_t value = 0;
    int minus = 0;
    const char *begin;

    if (p < end && (*p == '-' || *p == '+'))
        minus = *p++ == '-';
    begin = p;
    for (; p < end && is_digit(*p); p++) {
        if (value < INT64_C(1000000000000))
            value = value * 10 + (*p - '0');
    }
    *out = minus ? -value : value;
    return p > begin ? p : NULL;
}

/* Bring the digits and the scale into their bounds, zeros last read included. */
static int settle(digits *d, int64_t scale, int minus, sl_decimal *out)
{
    if (!d->used) {
        out->unscaled = 0;
        out->scale = scale < 0 || scale > SCALE_MAX ? 0 : (int32_t)scale;
        return 1;
    }
    scale -= d->zeros;
    while (d->zeros && d->used < SL_DECIMAL_MAX && scale < SCALE_MAX) {
        d->value *= 10;
        d->used++;
        d->zeros--;
        scale++;
    }
    while (scale < SCALE_MIN && d->used < SL_DECIMAL_MAX) {
        d->value *= 10;
        d->used++;
        scale++;
    }
    if (scale < SCALE_MIN || scale > SCALE_MAX)
        return 0;
    out->unscaled = minus ? -(__int128)d->value : (__int128)d->value;
    out->scale = (int32_t)scale;
    return 1;
}

int sl_decimal_parse(const char *text, size_t len, sl_decimal *out)
{
    const char *p = text;
    const char *end = text + len;
    int64_t exponent = 0;
    digits d = {0};
    int minus = 0;

    if (p < end && (*p == '-' || *p == '+'))
        minus = *p++ == '-';
    for (; p < end && is_digit(*p); p++)
        push_digit(&d, (uint32_t)(*p - '0'));
    if (p < end && *p == '.') {
        for (p++; p < end && is_digit(*p); p++, d.behind++)
            push_digit(&d, (uint32_t)(*p - '0'));
    }
    if (!d.seen || d.too_many)
        return 0;
    if (p < end && (*p == 'e' || *p == 'E')) {
        p = read_exponent(p + 1, end, &exponent);
        if (!p)
            return 0;
    }
    return p == end && settle(&d, d.behind - exponent, minus, out);
}

/* The digits of V, at least LEAST of them; gives their number. */
static uint32_t print_digits(u128 v, uint32_t least, char out[40])
{
    char room[40];
    uint32_t n = 0;

    while (v || n < least) {
        room[n++] = (char)('0' + (int)(v % 10));
        v /= 10;
    }
    for (uint32_t i = 0; i < n; i++)
        out[i] = room[n - 1 - i];
    return n;
}

static char *put_exponent(char *p, int32_t exponent)
{
    uint32_t size = exponent < 0 ? 0u - (uint32_t)exponent : (uint32_t)exponent;

    *p++ = 'e';
    if (exponent < 0)
        *p++ = '-';
    return p + print_digits(size, 1, p);
}

uint32_t sl_decimal_print(const sl_decimal *d, char out[SL_DECIMAL_TEXT])
{
    u128 size = d->unscaled < 0 ? -(u128)d->unscaled : (u128)d->unscaled;
    char *p = out;
    char text[40];
    uint32_t behind = 0;
    uint32_t n;

    if (d->unscaled < 0)
        *p++ = '-';
    if (d->scale > 0 && d->scale <= PLAIN_MAX)
        behind = (uint32_t)d->scale;
    n = print_digits(size, behind + 1, text);
    memcpy(p, text, n - behind);
    p += n - behind;
    if (behind) {
        *p++ = '.';
        memcpy(p, text + n - behind, behind);
        p += behind;
    } else if (d->scale < -PLAIN_MAX || d->scale > PLAIN_MAX) {
        p = put_exponent(p, -d->scale);
    } else if (d->scale < 0 && size) {
        memset(p, '0', (size_t)-d->scale);
        p += -d->scale;
    }
    return (uint32_t)(p - out);
}

uint32_t sl_decimal_pack(const sl_decimal *d, uint8_t out[18])
{
    __int128 v = d->unscaled;
    uint32_t n = 1;

    while (n < 16 && v >> (8 * n - 1) != 0 && v >> (8 * n - 1) != -1)
        n++;
    sl_set16(out, (uint16_t)(int16_t)d->scale);
    for (uint32_t i = 0; i < n; i++)
        out[2 + i] = (uint8_t)((u128)v >> (8 * (n - 1 - i)));
    return 2 + n;
}

int sl_decimal_unpack(const uint8_t *data, uint64_t len, sl_decimal *out)
{
    u128 limit = 1;
    u128 v;
    __int128 value;

    if (len < 3 || len > 18)
        return 0;
    v = data[2] & 0x80 ? ~(u128)0 : 0;
    for (uint64_t i = 2; i < len; i++)
        v = v << 8 | data[i];
    value = (__int128)v;
    for (uint32_t i = 0; i < SL_DECIMAL_MAX; i++)
        limit *= 10;
    if (value >= (__int128)limit || value <= -(__int128)limit)
        return 0;
    out->unscaled = value;
    out->scale = (int16_t)sl_get16(data);
    return 1;
}
