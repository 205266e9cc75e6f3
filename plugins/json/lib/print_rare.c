/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/json/lib/print_rare.c - floats, bytes and ext types as JSON text.
 *
 * Ext types that are not known are printed as the base64 of their content; an instant outside of
 * what microseconds in 64 bits can hold becomes null.
 */
#include "plugins/json/lib/print_priv.h"

#include <sluice/text.h>

#define PLAIN_SCALE 40 /* digits behind the point before an exponent is used */

uint8_t *sl_json_print_f64(uint8_t *to, double v)
{
    char text[SL_F64_TEXT];
    uint32_t len;
    int is_whole = 1;

    if (!__builtin_isfinite(v)) {
        memcpy(to, "null", 4);
        return to + 4;
    }
    len = sl_f64_print(v, text);
    for (uint32_t i = 0; i < len; i++) {
        is_whole &= (uint8_t)(text[i] - '0') < 10 || text[i] == '-';
        to[i] = (uint8_t)text[i];
    }
    to += len;
    if (is_whole) { /* so that it reads back as a float */
        memcpy(to, ".0", 2);
        to += 2;
    }
    return to;
}

uint8_t *sl_json_print_base64(sl_json_text *t, uint8_t *to, const uint8_t *from, uint64_t len)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    to = sl_json_text_room(t, to, len / 3 * 4 + 4 + SL_JSON_PRINT_ROOM);
    if (!to)
        return NULL;
    *to++ = '"';
    for (uint64_t i = 0; i < len; i += 3) {
        uint32_t left = len - i < 3 ? (uint32_t)(len - i) : 3;
        uint32_t bits = (uint32_t)from[i] << 16;

        bits |= left > 1 ? (uint32_t)from[i + 1] << 8 : 0;
        bits |= left > 2 ? from[i + 2] : 0;
        to[0] = (uint8_t)letters[bits >> 18];
        to[1] = (uint8_t)letters[bits >> 12 & 63];
        to[2] = left > 1 ? (uint8_t)letters[bits >> 6 & 63] : '=';
        to[3] = left > 2 ? (uint8_t)letters[bits & 63] : '=';
        to += 4;
    }
    *to++ = '"';
    return to;
}

/* Write N digits of V, with leading zeros. */
static uint8_t *put_padded(uint8_t *to, uint64_t v, uint32_t n)
{
    for (uint32_t i = n; i-- > 0; v /= 10)
        to[i] = (uint8_t)('0' + v % 10);
    return to + n;
}

/* Write the time US microseconds after midnight or after 1970 without quotes: an ISO time, of which
 * FROM bytes are left out at the front; the Z at its end is left out too unless ZONE. */
static uint8_t *put_time(uint8_t *to, int64_t us, uint32_t from, int zone)
{
    char text[SL_TIME_TEXT];
    uint32_t len = sl_time_print(us, text);

    if (!zone && len && text[len - 1] == 'Z')
        len--;
    from = from < len ? from : len;
    memcpy(to, text + from, len - from);
    return to + (len - from);
}

/* Write the date DAYS after 1970-01-01. */
static uint8_t *put_date(uint8_t *to, int64_t days)
{
    int64_t year;
    uint32_t month;
    uint32_t day;

    sl_date_civil(days, &year, &month, &day);
    if (year < 0)
        *to++ = '-';
    else if (year > 9999)
        *to++ = '+';
    if (year < 0)
        year = -year;
    to = put_padded(to, (uint64_t)year, year > 9999 ? 7 : 4);
    *to++ = '-';
    to = put_padded(to, month, 2);
    *to++ = '-';
    return put_padded(to, day, 2);
}

/* Write a UUID. */
static uint8_t *put_uuid(uint8_t *to, const uint8_t *from)
{
    static const char hex[] = "0123456789abcdef";

    for (uint32_t i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *to++ = '-';
        *to++ = (uint8_t)hex[from[i] >> 4];
        *to++ = (uint8_t)hex[from[i] & 15];
    }
    return to;
}

/* Write the content of an ext type that stands in quotes; NULL when it is malformed or unknown. */
static uint8_t *put_quoted(uint8_t *to, const sl_val *v)
{
    int64_t us;

    if (sl_val_time_us(v, &us))
        return put_time(to, us, 0, 1);
    if (v->ext == SL_EXT_DATE && v->n == 4)
        return put_date(to, (int32_t)sl_get32(v->ptr));
    if (v->ext == SL_EXT_TIMEDAY && v->n == 8)
        return put_time(to, (int64_t)sl_get64(v->ptr), 11, 0);
    if (v->ext == SL_EXT_LOCAL && v->n == 8)
        return put_time(to, (int64_t)sl_get64(v->ptr), 0, 0);
    if (v->ext == SL_EXT_UUID && v->n == 16)
        return put_uuid(to, v->ptr);
    return NULL;
}

/* Write the decimal D: with all its digits and a point as long as that is readable. */
static uint8_t *put_decimal(uint8_t *to, const sl_decimal *d)
{
    char text[SL_DECIMAL_TEXT];
    sl_decimal whole = {d->unscaled, 0};
    uint32_t minus = d->unscaled < 0;
    uint32_t len = sl_decimal_print(&whole, text) - minus;
    uint32_t behind = (uint32_t)d->scale;

    if (d->scale <= 0 || d->scale > PLAIN_SCALE) {
        len = sl_decimal_print(d, text);
        memcpy(to, text, len);
        return to + len;
    }
    if (minus)
        *to++ = '-';
    if (len <= behind) {
        memset(to, '0', behind + 2 - len);
        to[1] = '.';
        memcpy(to + behind + 2 - len, text + minus, len);
        return to + behind + 2;
    }
    memcpy(to, text + minus, len - behind);
    to[len - behind] = '.';
    memcpy(to + len - behind + 1, text + minus + len - behind, behind);
    return to + len + 1;
}

uint8_t *sl_json_print_ext(sl_json_text *t, uint8_t *to, const sl_val *v)
{
    uint8_t *end;
    sl_decimal d;

    if (v->ext == SL_EXT_NUMBER) {
        to = sl_json_text_room(t, to, v->n + SL_JSON_PRINT_ROOM);
        if (to)
            memcpy(to, v->ptr, v->n);
        return to ? to + v->n : NULL;
    }
    if (v->ext == SL_EXT_DECIMAL && sl_decimal_unpack(v->ptr, v->n, &d))
        return put_decimal(to, &d);
    if (v->ext == SL_EXT_TIME && !sl_val_time_us(v, &(int64_t){0})) {
        memcpy(to, "null", 4);
        return to + 4;
    }
    end = put_quoted(to + 1, v);
    if (!end)
        return sl_json_print_base64(t, to, v->ptr, v->n);
    *to = '"';
    *end = '"';
    return end + 1;
}
