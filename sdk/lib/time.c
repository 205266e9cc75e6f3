/* SPDX-License-Identifier: Apache-2.0
 *
 * sdk/lib/time.c - dates and ISO 8601 times: reading, writing, counting days.
 *
 * Times are microseconds since 1970 UTC in the proleptic Gregorian calendar, without leap seconds.
 * Days are counted in years that begin in March, so that the leap day is the last of its year, and
 * in eras of 400 such years, which all have 146,097 days.
 */
#include <sluice/text.h>

#include "sdk/lib/time_priv.h"

#include <string.h>

#define DAYS_OF_ERA   146097
#define DAYS_TO_EPOCH 719468 /* from 0000-03-01 to 1970-01-01 */
#define DAY_US        INT64_C(86400000000)
#define YEAR_MAX      400000 /* beyond int64 microseconds in any case */

int64_t sl_date_days(int64_t year, uint32_t month, uint32_t day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t in_era = y - era * 400;
    int64_t march = month > 2 ? month - 3 : month + 9;
    int64_t in_year = (153 * march + 2) / 5 + day - 1;

    return era * DAYS_OF_ERA + in_era * 365 + in_era / 4 - in_era / 100 + in_year - DAYS_TO_EPOCH;
}

void sl_date_civil(int64_t days, int64_t *year, uint32_t *month, uint32_t *day)
{
    int64_t z = days + DAYS_TO_EPOCH;
    int64_t era = (z >= 0 ? z : z - (DAYS_OF_ERA - 1)) / DAYS_OF_ERA;
    int64_t in_era = z - era * DAYS_OF_ERA;
    int64_t y = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    int64_t in_year = in_era - (365 * y + y / 4 - y / 100);
    int64_t march = (5 * in_year + 2) / 153;

    *day = (uint32_t)(in_year - (153 * march + 2) / 5 + 1);
    *month = (uint32_t)(march < 10 ? march + 3 : march - 9);
    *year = era * 400 + y + (*month <= 2);
}

static uint32_t days_of_month(int64_t year, uint32_t month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
        return 29;
    return days[month - 1];
}

int sl_time_from_parts(const sl_time_parts *t, int64_t *us)
{
    int64_t seconds;
    int64_t days;

    if (t->year < -YEAR_MAX || t->year > YEAR_MAX || t->month < 1 || t->month > 12 || t->day < 1 ||
        t->day > days_of_month(t->year, t->month) || t->hour > 23 || t->minute > 59 ||
        t->second > 60)
        return 0;
    days = sl_date_days(t->year, t->month, t->day);
    seconds = days * 86400 + t->hour * 3600 + t->minute * 60 + t->second - t->offset_s;
    /* Half the seconds twice: the least int64 is in range, though its whole seconds are not. */
    if (seconds < 0 && t->micros) {
        return !__builtin_mul_overflow(seconds + 1, 1000000, us) &&
               !__builtin_add_overflow(*us, (int64_t)t->micros - 1000000, us);
    }
    return !__builtin_mul_overflow(seconds, 1000000, us) &&
           !__builtin_add_overflow(*us, t->micros, us);
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Exactly N digits at P. */
static int read_digits(const char *p, const char *end, uint32_t n, uint32_t *out)
{
    uint32_t v = 0;

    if (end - p < (ptrdiff_t)n)
        return 0;
    for (uint32_t i = 0; i < n; i++) {
        if (!is_digit(p[i]))
            return 0;
        v = v * 10 + (uint32_t)(p[i] - '0');
    }
    *out = v;
    return 1;
}

uint32_t sl_time_fraction(const char *text, const char *end, uint32_t max, uint32_t *micros)
{
    uint32_t unit = 100000;
    uint32_t n = 0;

    *micros = 0;
    for (; n < max && text + n < end && is_digit(text[n]); n++) {
        *micros += (uint32_t)(text[n] - '0') * unit;
        unit /= 10;
    }
    return n;
}

uint32_t sl_time_zone(const char *text, const char *end, int32_t *offset_s)
{
    uint32_t hours;
    uint32_t minutes = 0;
    uint32_t n = 3;
    int32_t seconds;

    if (text == end)
        return 0;
    if (*text == 'Z' || *text == 'z') {
        *offset_s = 0;
        return 1;
    }
    if ((*text != '+' && *text != '-') || !read_digits(text + 1, end, 2, &hours))
        return 0;
    if (text + n < end && text[n] == ':') {
        if (!read_digits(text + n + 1, end, 2, &minutes))
            return 0;
        n = 6;
    } else if (read_digits(text + n, end, 2, &minutes)) {
        n = 5;
    } else {
        minutes = 0;
    }
    if (hours > 23 || minutes > 59)
        return 0;
    seconds = (int32_t)(hours * 3600 + minutes * 60);
    *offset_s = *text == '-' ? -seconds : seconds;
    return n;
}

/* yyyy-mm-dd, the year with a sign and up to six digits when it is not of four. */
static const char *read_date(const char *p, const char *end, sl_time_parts *t)
{
    int minus = p < end && *p == '-';
    int sign = minus || (p < end && *p == '+');
    uint32_t year = 0;
    uint32_t n = 0;

    p += sign;
    for (; n < 6 && p + n < end && is_digit(p[n]); n++)
        year = year * 10 + (uint32_t)(p[n] - '0');
    if (n < 4 || (n > 4 && !sign))
        return NULL;
    p += n;
    t->year = minus ? -(int64_t)year : (int64_t)year;
    if (end - p < 6 || p[0] != '-' || p[3] != '-' || !read_digits(p + 1, end, 2, &t->month) ||
        !read_digits(p + 4, end, 2, &t->day))
        return NULL;
    return p + 6;
}

/* hh:mm, then seconds and a fraction. */
static const char *read_clock(const char *p, const char *end, sl_time_parts *t)
{
    uint32_t n;

    if (end - p < 5 || p[2] != ':' || !read_digits(p, end, 2, &t->hour) ||
        !read_digits(p + 3, end, 2, &t->minute))
        return NULL;
    p += 5;
    if (p == end || *p != ':')
        return p;
    if (!read_digits(p + 1, end, 2, &t->second))
        return NULL;
    p += 3;
    if (p == end || (*p != '.' && *p != ','))
        return p;
    n = sl_time_fraction(p + 1, end, UINT32_MAX, &t->micros);
    return n ? p + 1 + n : NULL;
}

/* Z or an offset, or UTC or GMT in words; a blank may stand before it. */
static const char *read_zone(const char *p, const char *end, sl_time_parts *t)
{
    uint32_t n;

    if (p < end && *p == ' ')
        p++;
    if (end - p == 3 && (!memcmp(p, "UTC", 3) || !memcmp(p, "GMT", 3)))
        return end;
    n = sl_time_zone(p, end, &t->offset_s);
    return n ? p + n : NULL;
}

int sl_time_parse(const char *text, size_t len, int64_t *us, int *zone)
{
    const char *end = text + len;
    sl_time_parts t = {0};
    const char *p = read_date(text, end, &t);
    int has_zone = 0;
    int64_t value;

    if (p && p < end) {
        if (*p != 'T' && *p != 't' && *p != ' ')
            return 0;
        p = read_clock(p + 1, end, &t);
        if (p && p < end) {
            p = read_zone(p, end, &t);
            has_zone = 1;
        }
    }
    if (p != end || !sl_time_from_parts(&t, &value))
        return 0;
    *us = value;
    if (zone)
        *zone = has_zone;
    return 1;
}

/* V in exactly N digits. */
static char *put_digits(char *p, uint64_t v, uint32_t n)
{
    for (uint32_t i = n; i-- > 0; v /= 10)
        p[i] = (char)('0' + (int)(v % 10));
    return p + n;
}

static char *put_year(char *p, int64_t year)
{
    uint64_t size = year < 0 ? 0u - (uint64_t)year : (uint64_t)year;

    if (year < 0)
        *p++ = '-';
    else if (year > 9999)
        *p++ = '+';
    return put_digits(p, size, size > 99999 ? 6 : size > 9999 ? 5 : 4);
}

uint32_t sl_time_print(int64_t us, char out[SL_TIME_TEXT])
{
    int64_t days = us / DAY_US - (us % DAY_US < 0);
    uint64_t rest = (uint64_t)us - (uint64_t)days * (uint64_t)DAY_US;
    uint64_t seconds = rest / 1000000;
    uint64_t micros = rest % 1000000;
    int64_t year;
    uint32_t month;
    uint32_t day;
    char *p;

    sl_date_civil(days, &year, &month, &day);
    p = put_year(out, year);
    *p++ = '-';
    p = put_digits(p, month, 2);
    *p++ = '-';
    p = put_digits(p, day, 2);
    *p++ = 'T';
    p = put_digits(p, seconds / 3600, 2);
    *p++ = ':';
    p = put_digits(p, seconds / 60 % 60, 2);
    *p++ = ':';
    p = put_digits(p, seconds % 60, 2);
    if (micros) {
        *p++ = '.';
        p = micros % 1000 ? put_digits(p, micros, 6) : put_digits(p, micros / 1000, 3);
    }
    *p++ = 'Z';
    return (uint32_t)(p - out);
}
