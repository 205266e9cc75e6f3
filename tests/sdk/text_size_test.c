/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/sdk/text_size_test.c - sizes and durations as people write them; UTF-8.
 */
#include <sluice/text.h>

#include "tests/lib/suite.h"

#include <string.h>

typedef struct good {
    const char *text;
    int64_t value;
} good;

START_TEST(sizes_are_read_with_their_unit)
{
    static const good cases[] = {
        {"512", 512},
        {"0", 0},
        {" 64MiB ", INT64_C(64) << 20},
        {"1.5 GB", INT64_C(1500000000)},
        {"64k", 65536},
        {"10 kb", 10000},
        {"0.5KiB", 512},
        {"12 bytes", 12},
        {"7EiB", INT64_C(7) << 60},
        {"9223372036854775807", INT64_MAX},
        {"0.1KiB", 102},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t v = -1;
        ck_assert_msg(sl_size_parse(cases[i].text, strlen(cases[i].text), &v), "%s", cases[i].text);
        ck_assert_msg(v == cases[i].value, "%s gave %lld", cases[i].text, (long long)v);
    }
}
END_TEST

START_TEST(what_is_no_size_is_refused)
{
    static const char *const cases[] = {"",
                                        " ",
                                        "MiB",
                                        "-1",
                                        "1.",
                                        "1..2",
                                        "8EiB",
                                        "1 x",
                                        "1 MB2",
                                        "1e3B",
                                        "1MiB 2MiB",
                                        "0x10",
                                        "9223372036854775808"};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t v = -7;
        ck_assert_msg(!sl_size_parse(cases[i], strlen(cases[i]), &v), "%s", cases[i]);
        ck_assert_int_eq(v, -7);
    }
}
END_TEST

START_TEST(durations_are_sums_of_parts)
{
    static const good cases[] = {
        {"250ms", 250000000},
        {"1m30s", INT64_C(90000000000)},
        {"2 days", INT64_C(172800000000000)},
        {"1h 30m", INT64_C(5400000000000)},
        {"1.5s", 1500000000},
        {"0", 0},
        {"0s", 0},
        {"3 Weeks", INT64_C(1814400000000000)},
        {"7us", 7000},
        {"7\xc2\xb5s", 7000},
        {"0.0000000019s", 1},
        {"9223372036854775807ns", INT64_MAX},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t v = -1;
        ck_assert_msg(sl_duration_parse(cases[i].text, strlen(cases[i].text), &v), "%s",
                      cases[i].text);
        ck_assert_msg(v == cases[i].value, "%s gave %lld", cases[i].text, (long long)v);
    }
}
END_TEST

START_TEST(what_is_no_duration_is_refused)
{
    static const char *const cases[] = {
        "", "s", "5", "1m30", "-1s", "1 y", "1ss", "200000d days", "9223372036854775808ns"};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t v = -7;
        ck_assert_msg(!sl_duration_parse(cases[i], strlen(cases[i]), &v), "%s", cases[i]);
        ck_assert_int_eq(v, -7);
    }
}
END_TEST

/* The definition of the Unicode standard, table 3-7, written out bit by bit. */
static size_t slow_span(const uint8_t *s, size_t len)
{
    size_t at = 0;

    while (at < len) {
        uint32_t code;
        size_t n = s[at] < 0x80 ? 1 : s[at] >> 5 == 6 ? 2 : s[at] >> 4 == 14 ? 3 : 4;
        static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

        if (s[at] >= 0x80 && (s[at] < 0xc0 || s[at] >= 0xf8))
            return at;
        if (len - at < n)
            return at;
        code = n == 1 ? s[at] : s[at] & (0x7fu >> n);
        for (size_t i = 1; i < n; i++) {
            if (s[at + i] >> 6 != 2)
                return at;
            code = code << 6 | (s[at + i] & 63u);
        }
        if (code < least[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
            return at;
        at += n;
    }
    return at;
}

START_TEST(utf8_span_agrees_with_the_definition)
{
    static const uint8_t pick[] = {0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf,
                                   0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee,
                                   0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf8, 0xff};
    const size_t n = sizeof pick;

    for (size_t i = 0; i < n * n * n * n; i++) {
        uint8_t s[20];
        memset(s, 'a', sizeof s);
        s[7] = pick[i % n];
        s[8] = pick[i / n % n];
        s[9] = pick[i / n / n % n];
        s[10] = pick[i / n / n / n];
        for (size_t len = 8; len <= 12; len++)
            ck_assert_uint_eq(sl_utf8_span(s, len), slow_span(s, len));
        ck_assert_uint_eq(sl_utf8_span(s, sizeof s), slow_span(s, sizeof s));
    }
}
END_TEST

SUITE("text_size", sizes_are_read_with_their_unit, what_is_no_size_is_refused,
      durations_are_sums_of_parts, what_is_no_duration_is_refused,
      utf8_span_agrees_with_the_definition)
