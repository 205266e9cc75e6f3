/* SPDX-License-Identifier: Apache-2.0
 *
 * sdk/lib/text_size.c - sizes ("1.5 GB") and durations ("1m30s") as people write them.
 *
 * Both are numbers with a unit from a table; the fraction is exact, what is below one byte or one
 * nanosecond is cut. KB, MB and so on are powers of 1000, KiB and a plain K are powers of 1024. A
 * duration may be a sum of parts and needs units, but for 0.
 */
#include <sluice/text.h>

#include <string.h>
#include <strings.h>

typedef struct unit {
    const char *name;
    int64_t factor;
} unit;

/* Spelled in any case. */
static const unit size_units[] = {
    {"", 1},
    {"B", 1},
    {"byte", 1},
    {"bytes", 1},
    {"K", INT64_C(1) << 10},
    {"KiB", INT64_C(1) << 10},
    {"KB", 1000},
    {"M", INT64_C(1) << 20},
    {"MiB", INT64_C(1) << 20},
    {"MB", 1000000},
    {"G", INT64_C(1) << 30},
    {"GiB", INT64_C(1) << 30},
    {"GB", 1000000000},
    {"T", INT64_C(1) << 40},
    {"TiB", INT64_C(1) << 40},
    {"TB", INT64_C(1000000000000)},
    {"P", INT64_C(1) << 50},
    {"PiB", INT64_C(1) << 50},
    {"PB", INT64_C(1000000000000000)},
    {"E", INT64_C(1) << 60},
    {"EiB", INT64_C(1) << 60},
    {"EB", INT64_C(1000000000000000000)},
};

#define SECOND INT64_C(1000000000)

static const unit duration_units[] = {
    {"ns", 1},
    {"nanosecond", 1},
    {"nanoseconds", 1},
    {"us", 1000},
    {"\xc2\xb5s", 1000},
    {"\xce\xbcs", 1000},
    {"microsecond", 1000},
    {"microseconds", 1000},
    {"ms", 1000000},
    {"millisecond", 1000000},
    {"milliseconds", 1000000},
    {"s", SECOND},
    {"sec", SECOND},
    {"secs", SECOND},
    {"second", SECOND},
    {"seconds", SECOND},
    {"m", 60 * SECOND},
    {"min", 60 * SECOND},
    {"mins", 60 * SECOND},
    {"minute", 60 * SECOND},
    {"minutes", 60 * SECOND},
    {"h", 3600 * SECOND},
    {"hr", 3600 * SECOND},
    {"hrs", 3600 * SECOND},
    {"hour", 3600 * SECOND},
    {"hours", 3600 * SECOND},
    {"d", 86400 * SECOND},
    {"day", 86400 * SECOND},
    {"days", 86400 * SECOND},
    {"w", 7 * 86400 * SECOND},
    {"week", 7 * 86400 * SECOND},
    {"weeks", 7 * 86400 * SECOND},
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* What is left to read. */
typedef struct reader {
    const char *at;
    const char *end;
} reader;

/* An amount before its unit is known: whole + part / 10^digits. */
typedef struct amount {
    int64_t whole;
    int64_t part;
    uint32_t digits;
} amount;

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void skip_blanks(reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t'))
        r->at++;
}

static int read_amount(reader *r, amount *out)
{
    const char *begin = r->at;

    *out = (amount){0, 0, 0};
    for (; r->at < r->end && is_digit(*r->at); r->at++) {
        if (__builtin_mul_overflow(out->whole, 10, &out->whole) ||
            __builtin_add_overflow(out->whole, *r->at - '0', &out->whole))
            return 0;
    }
    if (r->at == begin)
        return 0;
    if (r->at == r->end || *r->at != '.')
        return 1;
    begin = ++r->at;
    for (; r->at < r->end && is_digit(*r->at); r->at++) {
        if (out->digits < 18) {
            out->part = out->part * 10 + (*r->at - '0');
            out->digits++;
        }
    }
    return r->at > begin;
}

/* The unit that stands next: all up to a blank or a digit. */
static const unit *read_unit(reader *r, const unit *table, size_t n)
{
    const char *begin = r->at;
    size_t len;

    while (r->at < r->end && *r->at != ' ' && *r->at != '\t' && !is_digit(*r->at))
        r->at++;
    len = (size_t)(r->at - begin);
    for (size_t i = 0; i < n; i++) {
        if (strlen(table[i].name) == len && !strncasecmp(table[i].name, begin, len))
            return &table[i];
    }
    return NULL;
}

/* AMOUNT times FACTOR, cut to a whole number. False when it is above int64. */
static int scale(const amount *a, int64_t factor, int64_t *out)
{
    __int128 part = (__int128)a->part * factor;

    for (uint32_t i = 0; i < a->digits; i++)
        part /= 10;
    return !__builtin_mul_overflow(a->whole, factor, out) &&
           !__builtin_add_overflow(*out, (int64_t)part, out);
}

int sl_size_parse(const char *text, size_t len, int64_t *bytes)
{
    reader r = {text, text + len};
    const unit *u;
    amount a;
    int64_t value;

    skip_blanks(&r);
    if (!read_amount(&r, &a))
        return 0;
    skip_blanks(&r);
    u = read_unit(&r, size_units, COUNT(size_units));
    skip_blanks(&r);
    if (!u || r.at != r.end || !scale(&a, u->factor, &value))
        return 0;
    *bytes = value;
    return 1;
}

int sl_duration_parse(const char *text, size_t len, int64_t *ns)
{
    reader r = {text, text + len};
    int64_t sum = 0;

    skip_blanks(&r);
    do {
        const unit *u;
        int64_t value;
        amount a;

        if (!read_amount(&r, &a))
            return 0;
        skip_blanks(&r);
        if (r.at == r.end && !a.whole && !a.part && !sum)
            break;
        u = read_unit(&r, duration_units, COUNT(duration_units));
        if (!u || !scale(&a, u->factor, &value) || __builtin_add_overflow(sum, value, &sum))
            return 0;
        skip_blanks(&r);
    } while (r.at < r.end);
    *ns = sum;
    return 1;
}
