/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/lines/lib/cast.c - turns a value into another type, without losing anything unsaid.
 *
 * One function for each target type, found through a table by name. A value that has the type
 * already is passed on by its own bytes. nil stays nil. What can't be turned exactly (a fraction
 * into an int, text that is no time) fails; only int to float may round, which is what a float is.
 *
 * The common form of times in JSON (2026-01-31T12:00:00.123Z) has a path of its own: it remembers
 * the last day, so that the calendar is asked once a day of the stream, not once a record.
 */
#include "plugins/lines/lib/cast.h"

#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

#include <sluice/text.h>

typedef struct target {
    const char *name;
    /* [inst] Write V into BUF and give the end; V itself: KEPT; NULL: it can't be. */
    uint8_t *(*turn)(sl_cast_days *days, const sl_cast *cast, const sl_val *v, uint8_t *buf);
} target;

/* A place that no writer gives: the value stays as it is. */
static uint8_t kept_mark;
#define KEPT (&kept_mark)

static const uint8_t digit_pairs[201] =
    "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
    "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
    "8081828384858687888990919293949596979899";

/* The digits of V; gives their number. */
static uint32_t print_u64(uint64_t v, char out[20])
{
    uint8_t tmp[20];
    uint32_t at = 20;

    while (v >= 100) {
        at -= 2;
        memcpy(tmp + at, digit_pairs + v % 100 * 2, 2);
        v /= 100;
    }
    if (v >= 10) {
        at -= 2;
        memcpy(tmp + at, digit_pairs + v * 2, 2);
    } else {
        tmp[--at] = (uint8_t)('0' + v);
    }
    memcpy(out, tmp + at, 20 - at);
    return 20 - at;
}

static uint8_t *put_text(uint8_t *buf, const void *text, uint32_t len)
{
    buf = sl_enc_str_head(buf, len);
    memcpy(buf, text, len);
    return buf + len;
}

static uint8_t *put_decimal(uint8_t *buf, const sl_decimal *d)
{
    uint8_t data[18];

    return sl_enc_ext(buf, SL_EXT_DECIMAL, data, sl_decimal_pack(d, data));
}

/* The text of a number that no plain type holds. Gives its length, 0 when V is not one. */
static uint32_t number_text(const sl_val *v, char out[SL_DECIMAL_TEXT], const char **text)
{
    sl_decimal d;

    *text = out;
    if (v->type != SL_V_EXT)
        return 0;
    if (v->ext == SL_EXT_NUMBER && v->n < UINT32_MAX) {
        *text = (const char *)v->ptr;
        return (uint32_t)v->n;
    }
    if (v->ext == SL_EXT_DECIMAL && sl_decimal_unpack(v->ptr, v->n, &d))
        return sl_decimal_print(&d, out);
    return 0;
}

/* ---- int, float, decimal, bool ---- */

static uint8_t *int_of_text(const uint8_t *p, uint64_t n, uint8_t *buf)
{
    int negative = n && *p == '-';
    uint64_t i = n && (*p == '-' || *p == '+') ? 1 : 0;
    uint64_t v = 0;

    if (i == n)
        return NULL;
    for (; i < n; i++) {
        if (p[i] < '0' || p[i] > '9')
            return NULL;
        if (__builtin_mul_overflow(v, 10u, &v) || __builtin_add_overflow(v, p[i] - '0', &v))
            return NULL;
    }
    if (!negative)
        return sl_enc_u64(buf, v);
    if (v > (uint64_t)INT64_MAX + 1)
        return NULL;
    return sl_enc_i64(buf, (int64_t)(0 - v));
}

static uint8_t *int_of_decimal(const sl_val *v, uint8_t *buf)
{
    char room[SL_DECIMAL_TEXT];
    const char *text;
    uint32_t n = number_text(v, room, &text);
    sl_decimal d;

    if (!n || !sl_decimal_parse(text, n, &d))
        return NULL;
    while (d.scale > 0 && d.unscaled % 10 == 0) {
        d.unscaled /= 10;
        d.scale--;
    }
    for (; d.scale < 0; d.scale++) {
        if (__builtin_mul_overflow(d.unscaled, 10, &d.unscaled))
            return NULL;
    }
    if (d.scale || d.unscaled > UINT64_MAX || d.unscaled < INT64_MIN)
        return NULL;
    return d.unscaled < 0 ? sl_enc_i64(buf, (int64_t)d.unscaled)
                          : sl_enc_u64(buf, (uint64_t)d.unscaled);
}

static uint8_t *to_int(sl_cast_days *days, const sl_cast *cast, const sl_val *v, uint8_t *buf)
{
    (void)days;
    (void)cast;
    switch (v->type) {
    case SL_V_INT:
    case SL_V_UINT:
        return KEPT;
    case SL_V_BOOL:
        return sl_enc_u64(buf, v->u);
    case SL_V_FLOAT:
        if (!(v->f >= -0x1p63 && v->f < 0x1p63) || v->f != (double)(int64_t)v->f)
            return NULL;
        return sl_enc_i64(buf, (int64_t)v->f);
    case SL_V_STR:
        return int_of_text(v->ptr, v->n, buf);
    default:
        return int_of_decimal(v, buf);
    }
}

static uint8_t *to_float(sl_cast_days *days, const sl_cast *cast, const sl_val *v, uint8_t *buf)
{
    char room[SL_DECIMAL_TEXT];
    const char *text = (const char *)v->ptr;
    uint64_t n = v->n;
    double f;

    (void)days;
    (void)cast;
    switch (v->type) {
    case SL_V_FLOAT:
        return KEPT;
    case SL_V_INT:
        return sl_enc_f64(buf, (double)v->i);
    case SL_V_UINT:
        return sl_enc_f64(buf, (double)v->u);
    case SL_V_EXT:
        n = number_text(v, room, &text);
        break;
    case SL_V_STR:
        break;
    default:
        return NULL;
    }
    return n && sl_f64_parse(text, n, &f) ? sl_enc_f64(buf, f) : NULL;
}

static uint8_t *to_decimal(sl_cast_days *days, const sl_cast *cast, const sl_val *v, uint8_t *buf)
{
    char room[SL_DECIMAL_TEXT];
    const char *text = room;
    uint64_t n = 0;
    sl_decimal d = {0};

    (void)days;
    (void)cast;
    switch (v->type) {
    case SL_V_INT:
        d.unscaled = v->i;
        return put_decimal(buf, &d);
    case SL_V_UINT:
        d.unscaled = v->u;
        return put_decimal(buf, &d);
    case SL_V_FLOAT:
        n = sl_f64_print(v->f, room);
        break;
    case SL_V_STR:
        text = (const char *)v->ptr;
        n = v->n;
        break;
    case SL_V_EXT:
        if (v->ext == SL_EXT_DECIMAL)
            return KEPT;
        n = number_text(v, room, &text);
        break;
    default:
        return NULL;
    }
    return n && sl_decimal_parse(text, n, &d) ? put_decimal(buf, &d) : NULL;
}

static uint8_t *to_bool(sl_cast_days *days, const sl_cast *cast, const sl_val *v, uint8_t *buf)
{
    static const char *const words[] = {"false", "true", "0", "1", "f", "t", "no", "yes"};

    (void)days;
    (void)cast;
    if (v->type == SL_V_BOOL)
        return KEPT;
    if (v->type == SL_V_INT && (v->i == 0 || v->i == 1)) {
        *buf = v->i ? 0xc3 : 0xc2;
        return buf + 1;
    }
    for (uint32_t i = 0; v->type == SL_V_STR && i < sizeof words / sizeof *words; i++) {
        if (v->n == strlen(words[i]) && !strncasecmp((const char *)v->ptr, words[i], v->n)) {
            *buf = i & 1 ? 0xc3 : 0xc2;
            return buf + 1;
        }
    }
    return NULL;
}

/* ---- string ---- */

static uint8_t *uuid_text(const uint8_t *id, uint8_t *buf)
{
    static const char hex[] = "0123456789abcdef";

    buf = sl_enc_str_head(buf, 36);
    for (uint32_t i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *buf++ = '-';
        *buf++ = (uint8_t)hex[id[i] >> 4];
        *buf++ = (uint8_t)hex[id[i] & 15];
    }
    return buf;
}

static uint8_t *ext_text(const sl_val *v, uint8_t *buf)
{
    char room[SL_DECIMAL_TEXT];
    const char *text = room;
    uint32_t n;
    int64_t us;

    if (sl_val_time_us(v, &us))
        return put_text(buf, room, sl_time_print(us, room));
    switch (v->ext) {
    case SL_EXT_DATE:
        if (v->n != 4 ||
            sl_time_print((int64_t)(int32_t)sl_get32(v->ptr) * 86400000000, room) != 20)
            return NULL;
        return put_text(buf, room, 10);
    case SL_EXT_LOCAL:
        if (v->n != 8)
            return NULL;
        return put_text(buf, room, sl_time_print((int64_t)sl_get64(v->ptr), room) - 1);
    case SL_EXT_TIMEDAY:
        if (v->n != 8)
            return NULL;
        n = sl_time_print((int64_t)sl_get64(v->ptr), room);
        return put_text(buf, room + 11, n - 12);
    case SL_EXT_UUID:
        return v->n == 16 ? uuid_text(v->ptr, buf) : NULL;
    default:
        n = number_text(v, room, &text);
        return n && n <= SL_DECIMAL_TEXT ? put_text(buf, text, n) : NULL;
    }
}

static uint8_t *to_string(sl_cast_days *days, const sl_cast *cast, const sl_val *v, uint8_t *buf)
{
    char room[SL_F64_TEXT];
    uint32_t n = 0;

    (void)days;
    (void)cast;
    switch (v->type) {
    case SL_V_STR:
        return KEPT;
    case SL_V_INT:
        if (v->i < 0)
            room[n++] = '-';
        n += print_u64(v->i < 0 ? 0 - v->u : v->u, room + n);
        return put_text(buf, room, n);
    case SL_V_UINT:
        return put_text(buf, room, print_u64(v->u, room));
    case SL_V_FLOAT:
        return put_text(buf, room, sl_f64_print(v->f, room));
    case SL_V_BOOL:
        return v->u ? put_text(buf, "true", 4) : put_text(buf, "false", 5);
    case SL_V_EXT:
        return ext_text(v, buf);
    default:
        return NULL;
    }
}

/* ---- times ---- */

#define DAY_US 86400000000

static uint32_t two_digits(const uint8_t *p, uint32_t *bad)
{
    uint32_t a = (uint32_t)p[0] - '0';
    uint32_t b = (uint32_t)p[1] - '0';

    *bad |= (a > 9) | (b > 9);
    return a * 10 + b;
}

/* The form 2026-01-31T12:00:00[.123[456]]Z. False: ask sl_time_parse. */
static int time_quick(sl_cast_days *days, const uint8_t *p, uint64_t n, int64_t *us)
{
    uint32_t bad = 0;
    uint32_t hour;
    uint32_t minute;
    uint32_t second;
    uint32_t fraction = 0;

    if ((n != 20 && n != 24 && n != 27) || p[n - 1] != 'Z' || p[10] != 'T' || p[13] != ':' ||
        p[16] != ':')
        return 0;
    if (memcmp(days->text, p, 10) != 0) {
        int64_t day;
        int zone;

        if (!sl_time_parse((const char *)p, 10, &day, &zone))
            return 0;
        memcpy(days->text, p, 10);
        days->us = day;
    }
    hour = two_digits(p + 11, &bad);
    minute = two_digits(p + 14, &bad);
    second = two_digits(p + 17, &bad);
    for (uint64_t i = 20; i + 1 < n; i++) {
        bad |= (uint32_t)p[i] - '0' > 9;
        fraction = fraction * 10 + ((uint32_t)p[i] - '0');
    }
    if (n == 24)
        fraction *= 1000;
    if (bad || hour > 23 || minute > 59 || second > 59 || (n > 20 && p[19] != '.'))
        return 0;
    *us = days->us + (int64_t)(hour * 3600 + minute * 60 + second) * 1000000 + fraction;
    return 1;
}

/* The instant that V is, without a format. False when it is none. */
static int instant(sl_cast_days *days, const sl_cast *cast, const sl_val *v, int64_t *us)
{
    int zone;

    switch (v->type) {
    case SL_V_STR:
        return time_quick(days, v->ptr, v->n, us) ||
               sl_time_parse((const char *)v->ptr, v->n, us, &zone);
    case SL_V_INT:
        if (cast->unit_part) {
            *us = v->i / cast->unit_part - (v->i % cast->unit_part < 0);
            return 1;
        }
        return cast->per_unit && !__builtin_mul_overflow(v->i, cast->per_unit, us);
    case SL_V_EXT:
        if (sl_val_time_us(v, us))
            return 1;
        if (v->ext == SL_EXT_DATE && v->n == 4) {
            *us = (int64_t)(int32_t)sl_get32(v->ptr) * DAY_US;
            return 1;
        }
        if (v->ext == SL_EXT_LOCAL && v->n == 8) {
            *us = (int64_t)sl_get64(v->ptr);
            return 1;
        }
        return 0;
    default:
        return 0;
    }
}

static uint8_t *to_timestamp(sl_cast_days *days, const sl_cast *cast, const sl_val *v, uint8_t *buf)
{
    int64_t us;

    if (v->type == SL_V_EXT && v->ext == SL_EXT_TIME)
        return KEPT;
    return instant(days, cast, v, &us) ? sl_enc_time(buf, us) : NULL;
}

static uint8_t *to_date(sl_cast_days *days, const sl_cast *cast, const sl_val *v, uint8_t *buf)
{
    uint8_t data[4];
    int64_t us;
    int64_t day;

    if (v->type == SL_V_EXT && v->ext == SL_EXT_DATE)
        return KEPT;
    if (!instant(days, cast, v, &us))
        return NULL;
    day = us / DAY_US - (us % DAY_US < 0);
    sl_set32(data, (uint32_t)(int32_t)day);
    return sl_enc_ext(buf, SL_EXT_DATE, data, 4);
}

int sl_cast_scan(sl_cast_days *days, const sl_cast *cast, const uint8_t *text, uint64_t len,
                 int64_t *us)
{
    int zone;

    if (days->last_of == cast && days->last_len == len && len && !memcmp(days->last, text, len)) {
        *us = days->last_us;
        return 1;
    }
    if (!sl_time_scan((const char *)text, len, cast->format, days->year, us, &zone))
        return 0;
    if (len <= sizeof days->last) {
        memcpy(days->last, text, len);
        days->last_len = (uint32_t)len;
        days->last_of = cast;
        days->last_us = *us;
    }
    return 1;
}

static uint8_t *to_time(sl_cast_days *days, const sl_cast *cast, const sl_val *v, uint8_t *buf)
{
    char room[21];
    const char *text = (const char *)v->ptr;
    uint64_t n = v->n;
    int64_t us;

    if (v->type == SL_V_EXT && v->ext == SL_EXT_TIME)
        return KEPT;
    if (v->type == SL_V_INT && v->i >= 0) {
        text = room;
        n = print_u64(v->u, room);
    } else if (v->type != SL_V_STR) {
        return NULL;
    }
    return sl_cast_scan(days, cast, (const uint8_t *)text, n, &us) ? sl_enc_time(buf, us) : NULL;
}

/* ---- the table ---- */

static const target targets[] = {
    {"bool", to_bool}, {"date", to_date},     {"decimal", to_decimal},     {"float", to_float},
    {"int", to_int},   {"string", to_string}, {"timestamp", to_timestamp}, {"time", to_time},
};
#define TARGETS (sizeof targets / sizeof *targets)

static int read_unit(sl_cast *cast, const char *unit, size_t n)
{
    static const struct {
        const char *name;
        uint32_t per_unit;
        uint32_t unit_part;
    } units[] = {{"s", 1000000, 0}, {"ms", 1000, 0}, {"us", 1, 0}, {"ns", 0, 1000}};

    for (uint32_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strlen(units[i].name) == n && !memcmp(units[i].name, unit, n)) {
            cast->per_unit = units[i].per_unit;
            cast->unit_part = units[i].unit_part;
            return 1;
        }
    }
    return 0;
}

/* Fill in ERR as printf. Gives 0. */
__attribute__((format(printf, 5, 6))) static int fail(sl_cast_error *err, const char *code,
                                                      size_t at, size_t len, const char *fmt, ...)
{
    va_list args;

    err->code = code;
    err->at = (uint32_t)at;
    err->len = (uint32_t)len;
    va_start(args, fmt);
    (void)vsnprintf(err->text, sizeof err->text, fmt, args);
    va_end(args);
    return 0;
}

static int read_format(sl_cast *cast, size_t at, size_t n, sl_cast_error *err)
{
    int64_t bad;

    memcpy(cast->format, cast->text + at, n);
    bad = sl_time_format_check(cast->format);
    if (bad < 0 && n)
        return 1;
    bad = bad > 0 ? bad : 0;
    return fail(err, "types.format", at + (size_t)bad, n ? 2 : 0,
                "the time format has “%.2s”, which is not known here; an example is "
                "time(%%d/%%b/%%Y:%%H:%%M:%%S %%z)",
                cast->format + bad);
}

/* What stands in the parentheses of time(...) and timestamp(...): N bytes at place AT. */
static int read_argument(sl_cast *cast, size_t at, size_t n, sl_cast_error *err)
{
    const char *name = targets[cast->kind].name;

    if (!strcmp(name, "time"))
        return read_format(cast, at, n, err);
    if (strcmp(name, "timestamp") != 0)
        return fail(err, "types.argument", at, n, "the type %s takes nothing in parentheses", name);
    if (read_unit(cast, cast->text + at, n))
        return 1;
    return fail(err, "types.unit", at, n,
                "“%.*s” is no unit of time; numbers count in s, ms, us or ns: timestamp(ms)",
                (int)n, cast->text + at);
}

int sl_cast_read(const char *text, sl_cast *out, sl_cast_error *err)
{
    size_t len = strlen(text);
    size_t name = strcspn(text, "(");

    memset(out, 0, sizeof *out);
    if (len < sizeof out->text)
        memcpy(out->text, text, len);
    while (out->kind < TARGETS && (strlen(targets[out->kind].name) != name ||
                                   memcmp(targets[out->kind].name, text, name) != 0))
        out->kind++;
    if (out->kind == TARGETS || (name < len && text[len - 1] != ')') || len >= sizeof out->text)
        return fail(err, "types.unknown", 0, 0,
                    "“%.60s” is no type; there are int, float, decimal, string, bool, date, "
                    "timestamp, timestamp(s|ms|us|ns) and time(FORMAT)",
                    text);
    out->is_string = !strcmp(targets[out->kind].name, "string");
    if (name < len)
        return read_argument(out, name + 1, len - name - 2, err);
    if (strcmp(targets[out->kind].name, "time") != 0)
        return 1;
    return fail(err, "types.format", 0, 0,
                "the type time needs its format: time(%%Y-%%m-%%d %%H:%%M:%%S); for ISO 8601 "
                "write timestamp");
}

int32_t sl_cast_year(int64_t us)
{
    int64_t year = 1970;
    uint32_t month;
    uint32_t day;

    if (us > 0 && us < INT64_MAX)
        sl_date_civil(us / DAY_US, &year, &month, &day);
    return (int32_t)year;
}

int sl_cast_apply(sl_cast_days *days, const sl_cast *cast, const sl_val *v,
                  uint8_t buf[SL_CAST_ROOM], const uint8_t **out, uint64_t *len)
{
    uint8_t *end = KEPT;

    if (v->type != SL_V_NIL)
        end = targets[cast->kind].turn(days, cast, v, buf);
    if (!end)
        return 0;
    if (end == KEPT) {
        *out = v->raw;
        *len = sl_val_span(v);
    } else {
        *out = buf;
        *len = (uint64_t)(end - buf);
    }
    return 1;
}
