/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/sdk/time_test.c - times as text: ISO 8601, own formats, the calendar.
 *
 * The calendar is compared with the C library's timegm over its whole useful range.
 */
#include <sluice/text.h>

#include "tests/lib/suite.h"

#include <string.h>
#include <time.h>

START_TEST(days_and_dates_agree_with_the_c_library)
{
    for (int64_t days = -800000; days < 3000000; days += 17) {
        time_t seconds = (time_t)(days * 86400);
        struct tm tm;
        int64_t year;
        uint32_t month;
        uint32_t day;

        sl_date_civil(days, &year, &month, &day);

        ck_assert_ptr_nonnull(gmtime_r(&seconds, &tm));
        ck_assert_int_eq(year, tm.tm_year + 1900);
        ck_assert_int_eq((int)month, tm.tm_mon + 1);
        ck_assert_int_eq((int)day, tm.tm_mday);
        ck_assert_int_eq(sl_date_days(year, month, day), days);
    }
}
END_TEST

typedef struct vector {
    const char *text;
    int64_t us;
    int zone;
} vector;

START_TEST(iso_times_are_read)
{
    static const vector cases[] = {
        {"1970-01-01", 0, 0},
        {"1970-01-01T00:00Z", 0, 1},
        {"2026-01-31T12:00:00.123456Z", INT64_C(1769860800123456), 1},
        {"2026-01-31 12:00:00,123456789Z", INT64_C(1769860800123456), 1},
        {"2026-01-31t13:30:00.5+01:30", INT64_C(1769860800500000), 1},
        {"2026-01-31T13:30:00+0130", INT64_C(1769860800000000), 1},
        {"2026-01-31T07:00-05", INT64_C(1769860800000000), 1},
        {"2015-08-31 17:42:18 UTC", INT64_C(1441042938000000), 1},
        {"2026-01-31 12:00:00", INT64_C(1769860800000000), 0},
        {"1969-12-31T23:59:59.999999Z", -1, 1},
        {"2016-12-31T23:59:60Z", INT64_C(1483228800000000), 1},
        {"2000-02-29", INT64_C(951782400000000), 0},
        {"0000-03-01T00:00:00Z", INT64_C(-62162035200000000), 1},
        {"+010000-01-01T00:00:00Z", INT64_C(253402300800000000), 1},
        {"-290308-12-21T19:59:05.224192Z", INT64_MIN, 1},
        {"+294247-01-10T04:00:54.775807Z", INT64_MAX, 1},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t us = 7;
        int zone = -1;
        ck_assert_msg(sl_time_parse(cases[i].text, strlen(cases[i].text), &us, &zone), "%s",
                      cases[i].text);
        ck_assert_msg(us == cases[i].us, "%s gave %lld", cases[i].text, (long long)us);
        ck_assert_msg(zone == cases[i].zone, "%s", cases[i].text);
    }
}
END_TEST

START_TEST(what_is_no_iso_time_is_refused)
{
    static const char *const cases[] = {"",
                                        "2026",
                                        "2026-1-1",
                                        "2026-13-01",
                                        "2026-00-10",
                                        "2026-02-29",
                                        "1900-02-29",
                                        "2026-01-32",
                                        "2026-01-01T",
                                        "2026-01-01T1",
                                        "2026-01-01T24:00:00Z",
                                        "2026-01-01T12:60Z",
                                        "2026-01-01T12:00:61Z",
                                        "2026-01-01T12:00:00.Z",
                                        "2026-01-01T12:00:00Zx",
                                        "2026-01-01T12:00:00+24:00",
                                        "2026-01-01T12:00:00+01:60",
                                        "2026-01-01T12:00:00+1",
                                        "2026-01-01T12:00:00+",
                                        "2026-01-01Z",
                                        " 2026-01-01",
                                        "20260101",
                                        "12026-01-01",
                                        "2026-01-01T12:00:00 ",
                                        "+294247-01-10T04:00:54.775808Z",
                                        "-290308-12-21T19:59:05.224191Z",
                                        "2026-01-01T12:00:00 EST",
                                        "2026/01/01"};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t us = 7;
        ck_assert_msg(!sl_time_parse(cases[i], strlen(cases[i]), &us, NULL), "%s", cases[i]);
        ck_assert_int_eq(us, 7);
    }
}
END_TEST

START_TEST(times_print_and_read_back)
{
    static const int64_t edges[] = {INT64_MIN,
                                    INT64_MIN + 1,
                                    -1,
                                    0,
                                    1,
                                    999,
                                    1000,
                                    999999,
                                    INT64_MAX,
                                    INT64_C(253402300799999999),
                                    INT64_C(253402300800000000),
                                    INT64_C(-62167219200000000),
                                    INT64_C(-62167219200000001)};
    uint64_t state = 99;

    for (uint32_t i = 0; i < 200000; i++) {
        char text[SL_TIME_TEXT];
        int64_t back = 7;
        int64_t us;
        uint32_t n;
        state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
        us = i < sizeof edges / sizeof *edges ? edges[i]
                                              : (int64_t)(state ^ state >> 31) >> (i % 20);

        n = sl_time_print(us, text);

        ck_assert_uint_le(n, SL_TIME_TEXT);
        ck_assert_msg(sl_time_parse(text, n, &back, NULL), "%.*s", (int)n, text);
        ck_assert_int_eq(back, us);
    }
}
END_TEST

START_TEST(fraction_has_as_many_digits_as_needed)
{
    static const vector cases[] = {
        {"1970-01-01T00:00:01Z", 1000000, 1},
        {"1970-01-01T00:00:01.250Z", 1250000, 1},
        {"1970-01-01T00:00:01.000001Z", 1000001, 1},
        {"+10000-01-01T00:00:00Z", INT64_C(253402300800000000), 1},
        {"-0001-12-31T23:59:59.999999Z", INT64_C(-62167219200000001), 1}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[SL_TIME_TEXT + 1];
        text[sl_time_print(cases[i].us, text)] = '\0';
        ck_assert_str_eq(text, cases[i].text);
    }
}
END_TEST

typedef struct scanned {
    const char *text;
    const char *format;
    int64_t us;
    int zone;
} scanned;

START_TEST(own_formats_are_read)
{
    static const scanned cases[] = {
        {"10/Oct/2000:13:55:36 -0700", "%d/%b/%Y:%H:%M:%S %z", INT64_C(971211336000000), 1},
        {"Sun, 06 Nov 1994 08:49:37 GMT", "%a, %d %b %Y %T %Z", INT64_C(784111777000000), 1},
        {"november 6 1994", "%B %e %Y", INT64_C(784080000000000), 0},
        {"Nov  6 08:49:37", "%b %e %H:%M:%S", INT64_C(784111777000000), 0},
        {"1441042938.5", "%s.%f", INT64_C(1441042938500000), 1},
        {"-1", "%s", -1000000, 1},
        {"1441042938123", "%L", INT64_C(1441042938123000), 1},
        {"12:30 AM 01/02/69", "%I:%M %p %D", INT64_C(-31447800000000), 0},
        {"12:30 pm 01/02/68", "%I:%M %p %D", INT64_C(3092733000000000), 0},
        {"2024 366", "%Y %j", INT64_C(1735603200000000), 0},
        {"2026-01-31 12:00", "%F %R", INT64_C(1769860800000000), 0},
        {"100%  x", "1%M%% x", 0, 0},
        {"2026-01-31T12:00:00.123456789+01:00", "%FT%T.%f%z", INT64_C(1769857200123456), 1},
        {"2026", "%Y%n", INT64_C(1767225600000000), 0},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t us = 7;
        int zone = -1;
        int year = i == 11 ? 1970 : 1994;
        ck_assert_int_eq(sl_time_format_check(cases[i].format), -1);
        ck_assert_msg(
            sl_time_scan(cases[i].text, strlen(cases[i].text), cases[i].format, year, &us, &zone),
            "%s", cases[i].text);
        ck_assert_msg(us == cases[i].us, "%s gave %lld", cases[i].text, (long long)us);
        ck_assert_msg(zone == cases[i].zone, "%s", cases[i].text);
    }
}
END_TEST

START_TEST(what_does_not_fit_its_format_is_refused)
{
    static const scanned cases[] = {{"2026", "%Y-%m", 0, 0},
                                    {"2026-01x", "%Y-%m", 0, 0},
                                    {"2026-13", "%Y-%m", 0, 0},
                                    {"2025 366", "%Y %j", 0, 0},
                                    {"Foo 1", "%b %d", 0, 0},
                                    {"x", "%s", 0, 0},
                                    {"99999999999999", "%s", 0, 0},
                                    {"13 AM", "%I %p", 0, 0},
                                    {"1 XM", "%I %p", 0, 0},
                                    {"EST", "%Z", 0, 0},
                                    {"", "%Y", 0, 0},
                                    {"29 2 2026", "%d %m %Y", 0, 0},
                                    {"+25", "%z", 0, 0},
                                    {"1", "%q", 0, 0},
                                    {".", ".%f", 0, 0}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t us = 7;
        ck_assert_msg(
            !sl_time_scan(cases[i].text, strlen(cases[i].text), cases[i].format, 2000, &us, NULL),
            "%s", cases[i].text);
        ck_assert_int_eq(us, 7);
    }
}
END_TEST

START_TEST(unknown_conversion_is_found_at_its_place)
{
    ck_assert_int_eq(sl_time_format_check("%Y-%q"), 3);
    ck_assert_int_eq(sl_time_format_check("%"), 0);
    ck_assert_int_eq(sl_time_format_check("abc %%%"), 6);
    ck_assert_int_eq(sl_time_format_check(""), -1);
}
END_TEST

SUITE("time", days_and_dates_agree_with_the_c_library, iso_times_are_read,
      what_is_no_iso_time_is_refused, times_print_and_read_back,
      fraction_has_as_many_digits_as_needed, own_formats_are_read,
      what_does_not_fit_its_format_is_refused, unknown_conversion_is_found_at_its_place)
