/* SPDX-License-Identifier: Apache-2.0
 *
 * sdk/lib/time_scan.c - times in a form that the user describes, as strptime does.
 *
 * One table says what each conversion is: a number with its bounds and the part that it fills, a
 * word, or another format that it stands for. Names of months and days are English; no locale.
 */
#include <sluice/text.h>

#include "sdk/lib/time_priv.h"

#include <string.h>
#include <strings.h>

/* All that a text can tell about a time. */
typedef struct scan {
    const char *at;
    const char *end;
    sl_time_parts t;
    int64_t instant_us; /* from %s or %L */
    uint32_t year_day;  /* 1 to 366; 0: not told */
    uint32_t hour12;    /* 1 to 12; 0: not told */
    uint32_t number;    /* the last plain number */
    int is_pm;          /* -1: not told */
    int has_year;
    int has_instant;
    int has_zone;
} scan;

static int read_format(scan *s, const char *format);

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void skip_blanks(scan *s)
{
    while (s->at < s->end && is_blank(*s->at))
        s->at++;
}

/* One to MOST digits, the value in LOW..HIGH. */
static int read_number(scan *s, uint32_t most, uint32_t low, uint32_t high)
{
    uint32_t n = 0;

    s->number = 0;
    for (; n < most && s->at < s->end && is_digit(*s->at); n++)
        s->number = s->number * 10 + (uint32_t)(*s->at++ - '0');
    return n && s->number >= low && s->number <= high;
}

/* A name of the table, whole or its first three letters, in any case. Gives its number from 1; 0
 * when there is none. */
static uint32_t read_name(scan *s, const char *const *names, uint32_t n)
{
    size_t left = (size_t)(s->end - s->at);

    for (uint32_t i = 0; i < n; i++) {
        size_t len = strlen(names[i]);
        if (left >= len && !strncasecmp(s->at, names[i], len)) {
            s->at += len;
            return i + 1;
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        if (left >= 3 && !strncasecmp(s->at, names[i], 3)) {
            s->at += 3;
            return i + 1;
        }
    }
    return 0;
}

static int scan_year(scan *s)
{
    s->has_year = 1;
    if (!read_number(s, 4, 0, 9999))
        return 0;
    s->t.year = s->number;
    return 1;
}

static int scan_short_year(scan *s)
{
    s->has_year = 1;
    if (!read_number(s, 2, 0, 99))
        return 0;
    s->t.year = s->number < 69 ? 2000 + s->number : 1900 + s->number;
    return 1;
}

static int scan_month(scan *s)
{
    int good = read_number(s, 2, 1, 12);

    s->t.month = s->number;
    return good;
}

static int scan_month_name(scan *s)
{
    static const char *const names[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};

    s->t.month = read_name(s, names, 12);
    return s->t.month != 0;
}

static int scan_weekday(scan *s)
{
    static const char *const names[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                        "Thursday", "Friday", "Saturday"};

    return read_name(s, names, 7) != 0;
}

static int scan_day(scan *s)
{
    int good;

    if (s->at < s->end && *s->at == ' ')
        s->at++;
    good = read_number(s, 2, 1, 31);
    s->t.day = s->number;
    return good;
}

static int scan_hour(scan *s)
{
    int good = read_number(s, 2, 0, 23);

    s->t.hour = s->number;
    return good;
}

static int scan_hour12(scan *s)
{
    int good = read_number(s, 2, 1, 12);

    s->hour12 = s->number;
    return good;
}

static int scan_half(scan *s)
{
    if (s->end - s->at < 2)
        return 0;
    s->is_pm = !strncasecmp(s->at, "PM", 2);
    s->at += 2;
    return s->is_pm || !strncasecmp(s->at - 2, "AM", 2);
}

static int scan_minute(scan *s)
{
    int good = read_number(s, 2, 0, 59);

    s->t.minute = s->number;
    return good;
}

static int scan_second(scan *s)
{
    int good = read_number(s, 2, 0, 60);

    s->t.second = s->number;
    return good;
}

static int scan_fraction(scan *s)
{
    uint32_t n = sl_time_fraction(s->at, s->end, 9, &s->t.micros);

    s->at += n;
    return n != 0;
}

static int scan_offset(scan *s)
{
    uint32_t n = sl_time_zone(s->at, s->end, &s->t.offset_s);

    s->at += n;
    s->has_zone = 1;
    return n != 0;
}

static int scan_zone_name(scan *s)
{
    if (s->end - s->at < 3 || (strncasecmp(s->at, "UTC", 3) && strncasecmp(s->at, "GMT", 3)))
        return 0;
    s->at += 3;
    s->has_zone = 1;
    return 1;
}

static int scan_year_day(scan *s)
{
    int good = read_number(s, 3, 1, 366);

    s->year_day = s->number;
    return good;
}

/* A count since 1970 in units of FACTOR microseconds. */
static int scan_instant(scan *s, int64_t factor)
{
    int minus = s->at < s->end && *s->at == '-';
    const char *begin;
    int64_t v = 0;

    s->at += minus;
    begin = s->at;
    for (; s->at < s->end && is_digit(*s->at); s->at++) {
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, *s->at - '0', &v))
            return 0;
    }
    s->has_instant = 1;
    s->has_zone = 1;
    return s->at > begin && !__builtin_mul_overflow(minus ? -v : v, factor, &s->instant_us);
}

static int scan_seconds(scan *s)
{
    return scan_instant(s, 1000000);
}

static int scan_millis(scan *s)
{
    return scan_instant(s, 1000);
}

static int scan_blanks(scan *s)
{
    skip_blanks(s);
    return 1;
}

static int scan_percent(scan *s)
{
    return s->at < s->end && *s->at++ == '%';
}

static int scan_clock(scan *s)
{
    return read_format(s, "%H:%M:%S");
}

static int scan_us_date(scan *s)
{
    return read_format(s, "%m/%d/%y");
}

static int scan_iso_date(scan *s)
{
    return read_format(s, "%Y-%m-%d");
}

static int scan_short_clock(scan *s)
{
    return read_format(s, "%H:%M");
}

typedef struct conversion {
    char letter;
    int (*read)(scan *s);
} conversion;

static const conversion conversions[] = {
    {'Y', scan_year},        {'m', scan_month},      {'d', scan_day},        {'e', scan_day},
    {'b', scan_month_name},  {'B', scan_month_name}, {'h', scan_month_name}, {'a', scan_weekday},
    {'A', scan_weekday},     {'H', scan_hour},       {'I', scan_hour12},     {'p', scan_half},
    {'M', scan_minute},      {'S', scan_second},     {'f', scan_fraction},   {'z', scan_offset},
    {'Z', scan_zone_name},   {'s', scan_seconds},    {'L', scan_millis},     {'y', scan_short_year},
    {'j', scan_year_day},    {'T', scan_clock},      {'D', scan_us_date},    {'F', scan_iso_date},
    {'R', scan_short_clock}, {'n', scan_blanks},     {'t', scan_blanks},     {'%', scan_percent},
};

static const conversion *find_conversion(char letter)
{
    for (size_t i = 0; i < sizeof conversions / sizeof *conversions; i++) {
        if (conversions[i].letter == letter)
            return &conversions[i];
    }
    return NULL;
}

/* Read the text in step with FORMAT; a blank there stands for any number of blanks. */
static int read_format(scan *s, const char *format)
{
    for (const char *f = format; *f; f++) {
        const conversion *c;

        if (is_blank(*f)) {
            skip_blanks(s);
        } else if (*f != '%') {
            if (s->at == s->end || *s->at != *f)
                return 0;
            s->at++;
        } else {
            c = find_conversion(*++f);
            if (!c || !c->read(s))
                return 0;
        }
    }
    return 1;
}

/* Put together what was read. */
static int settle(scan *s, int year, int64_t *us)
{
    if (s->has_instant)
        return !__builtin_add_overflow(s->instant_us, s->t.micros, us);
    if (!s->has_year)
        s->t.year = year;
    if (s->hour12)
        s->t.hour = s->hour12 % 12;
    if (s->is_pm == 1 && s->t.hour < 12)
        s->t.hour += 12;
    if (s->year_day) {
        int64_t in_year;
        sl_date_civil(sl_date_days(s->t.year, 1, 1) + s->year_day - 1, &in_year, &s->t.month,
                      &s->t.day);
        if (in_year != s->t.year)
            return 0;
    }
    return sl_time_from_parts(&s->t, us);
}

int sl_time_scan(const char *text, size_t len, const char *format, int year, int64_t *us, int *zone)
{
    scan s = {.at = text, .end = text + len, .is_pm = -1};
    int64_t value;

    s.t.month = 1;
    s.t.day = 1;
    if (!read_format(&s, format) || s.at != s.end || !settle(&s, year, &value))
        return 0;
    *us = value;
    if (zone)
        *zone = s.has_zone;
    return 1;
}

int64_t sl_time_format_check(const char *format)
{
    for (const char *f = format; *f; f++) {
        if (*f != '%')
            continue;
        if (!find_conversion(f[1]) || !f[1])
            return f - format;
        f++;
    }
    return -1;
}
