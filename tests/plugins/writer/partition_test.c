/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/plugins/writer/partition_test.c - partition expressions: reading, mistakes, values.
 */
#include "plugins/writer/lib/partition.h"

#include <stdarg.h>
#include <stdio.h>

#include "tests/lib/suite.h"
#include "tests/plugins/writer/fake_host.h"

typedef struct wrong_text {
    const char *text;
    uint32_t at;
    uint32_t len;
} wrong_text;

START_TEST(mistakes_are_told_at_their_place)
{
    static const wrong_text wrong[] = {
        {"", 0, 0},
        {"dya(ts)", 0, 3},
        {"day(ts", 6, 1},
        {"day()", 4, 1},
        {"day(ts, mins)", 8, 4},
        {"day(ts) dt", 8, 2},
        {"day(ts) AS", 10, 1},
        {"a AS b c", 7, 1},
        {"\"a", 0, 2},
        {"a AS \"\"", 6, 1},
        {"day(ts, ms", 10, 1},
        {"day(ts,)", 7, 1},
    };

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        sl_expr_parsed p;

        ck_assert_msg(!sl_expr_parse(wrong[i].text, (uint32_t)strlen(wrong[i].text), &p), "%s",
                      wrong[i].text);
        ck_assert_msg(p.bad_at == wrong[i].at && p.bad_len == wrong[i].len, "%s: %u, %u",
                      wrong[i].text, p.bad_at, p.bad_len);
        ck_assert_uint_gt(strlen(p.why), 0);
    }
}
END_TEST

START_TEST(names_are_given_or_made_of_the_field)
{
    static const char *const names[] = {"country", "user_country", "ts_day", "dt", "My day"};
    sl_expr_set *set = NULL;

    fake_begin();
    fake_list("partition", "country", " user.country", "day(ts, ms)", "HOUR( at ) as dt",
              "month(at) AS \"My day\"", NULL);

    ck_assert_int_eq(sl_expr_read(&fake_table, NULL, NULL, &set), SL_OK);

    ck_assert_uint_eq(set->count, 5);
    for (uint32_t i = 0; i < 5; i++)
        ck_assert_str_eq(set->expr[i].name, names[i]);
    ck_assert_int_eq(set->expr[2].unit_ns, 1000000);
    ck_assert_str_eq(set->expr[3].text, "HOUR( at )");
    sl_expr_free(set);
    fake_end();
}
END_TEST

START_TEST(two_partitions_of_one_name_are_refused)
{
    sl_expr_set *set = NULL;

    fake_begin();
    fake_list("partition", "a AS x", "day(b) AS x", NULL);

    ck_assert_int_eq(sl_expr_read(&fake_table, NULL, NULL, &set), SL_E_CONFIG);

    ck_assert_str_eq(fake.at_path, "partition.1");
    ck_assert_uint_eq(fake.at, 10);
    ck_assert_str_eq(fake.code, "writer.partition.twice");
    fake_end();
}
END_TEST

/* The text that EXPR makes of the one value of a row. */
static const char *text_of(const char *expr, const char *spec, ...)
{
    static char out[256];
    char room[SL_PART_TEXT];
    sl_expr_set *set = NULL;
    sl_builder *b;
    sl_batch *batch;
    part_value v;
    sl_val val;
    const char *ptr;
    const char *why;
    uint64_t len;
    va_list args;

    fake_begin();
    fake_list("partition", expr, NULL);
    ck_assert_int_eq(sl_expr_read(&fake_table, NULL, NULL, &set), SL_OK);
    b = fake_rows();
    va_start(args, spec);
    if (spec[0] == 'f')
        fake_row(b, spec, va_arg(args, double), NULL);
    else
        fake_row(b, spec, va_arg(args, int64_t), NULL);
    va_end(args);
    batch = fake_batch(b, 0, 0, 0);
    (void)sl_batch_get(batch, 0, set->expr[0].path, &val);
    why = sl_expr_eval(&set->expr[0], &val, &v);
    if (why) {
        snprintf(out, sizeof out, "! %s", why);
    } else {
        sl_part_text(&set->expr[0], &v, room, &ptr, &len);
        snprintf(out, sizeof out, "%.*s", (int)len, ptr);
    }
    fake_table.rows->unref(batch);
    sl_expr_free(set);
    fake_end();
    return out;
}

START_TEST(values_become_the_text_a_reader_expects)
{
    ck_assert_str_eq(text_of("v", "s:v", (int64_t)(intptr_t) "DE"), "DE");
    ck_assert_str_eq(text_of("v", "i:v", (int64_t)-5), "-5");
    ck_assert_str_eq(text_of("v", "f:v", 1.5), "1.5");
    ck_assert_str_eq(text_of("v", "n:v", (int64_t)0), "");
    ck_assert_str_eq(text_of("v", "i:other", (int64_t)0), "");
    ck_assert_str_eq(text_of("v", "s:v", (int64_t)(intptr_t) ""), "");
    ck_assert_str_eq(text_of("v", "t:v", (int64_t)1000000), "1970-01-01T00:00:01Z");
    ck_assert_int_eq(text_of("v", "a:v", (int64_t)0)[0], '!');
}
END_TEST

START_TEST(times_fall_into_their_bucket)
{
    const int64_t us = 1767225599999999; /* 2025-12-31T23:59:59.999999Z */

    ck_assert_str_eq(text_of("day(v)", "t:v", us), "2025-12-31");
    ck_assert_str_eq(text_of("day(v)", "t:v", us + 1), "2026-01-01");
    ck_assert_str_eq(text_of("hour(v)", "t:v", us), "2025-12-31-23");
    ck_assert_str_eq(text_of("month(v)", "t:v", us), "2025-12");
    ck_assert_str_eq(text_of("year(v)", "t:v", us), "2025");
    ck_assert_str_eq(text_of("day(v)", "t:v", (int64_t)-1), "1969-12-31");
    ck_assert_str_eq(text_of("hour(v)", "t:v", (int64_t)-1), "1969-12-31-23");
    ck_assert_str_eq(text_of("month(v)", "t:v", (int64_t)-1), "1969-12");
    ck_assert_str_eq(text_of("day(v, ms)", "i:v", us / 1000), "2025-12-31");
    ck_assert_str_eq(text_of("day(v, s)", "i:v", (int64_t)-1), "1969-12-31");
    ck_assert_str_eq(text_of("day(v, ns)", "i:v", (int64_t)-1), "1969-12-31");
    ck_assert_str_eq(text_of("day(v, s)", "f:v", 86400.5), "1970-01-02");
    ck_assert_str_eq(text_of("day(v)", "s:v", (int64_t)(intptr_t) "2026-01-31T23:30:00-01:00"),
                     "2026-02-01");
}
END_TEST

START_TEST(what_is_no_time_is_told)
{
    ck_assert_int_eq(text_of("day(v)", "i:v", (int64_t)5)[0], '!');
    ck_assert_int_eq(text_of("day(v)", "s:v", (int64_t)(intptr_t) "soon")[0], '!');
    ck_assert_int_eq(text_of("day(v, s)", "i:v", INT64_MAX)[0], '!');
    ck_assert_int_eq(text_of("day(v, s)", "f:v", 1e300)[0], '!');
    ck_assert_int_eq(text_of("day(v, s)", "a:v", (int64_t)0)[0], '!');
    ck_assert_str_eq(text_of("day(v)", "n:v", (int64_t)0), "");
}
END_TEST

SUITE("partition", mistakes_are_told_at_their_place, names_are_given_or_made_of_the_field,
      two_partitions_of_one_name_are_refused, values_become_the_text_a_reader_expects,
      times_fall_into_their_bucket, what_is_no_time_is_told)
