/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/plugins/csv/encode_test.c - what the csv encoder makes of records.
 *
 * Records go in as JSON; the text of all payloads together is compared.
 */
#include "tests/lib/suite.h"
#include "tests/lib/text_host.h"

#include <stdio.h>

static text_host h;
static char got[1 << 20];

#define SET(path, text)                                                                            \
    {                                                                                              \
        path, NULL, text                                                                           \
    }
#define END                                                                                        \
    {                                                                                              \
        NULL, NULL, NULL                                                                           \
    }

static const th_setting plain[] = {END};

static void open_with(const th_setting *settings)
{
    sl_status rc = th_open(&h, sluice_plugin_v1.classes[1], settings, NULL, 0);

    ck_assert_msg(rc == SL_OK, "%s: %s", h.code, h.why);
}

/* The payloads so far, joined: the host shows them as {"payload":b"..."}. */
static const char *payloads(void)
{
    size_t n = 0;

    for (const char *p = th_text(&h); *p; p++) {
        ck_assert_int_eq(strncmp(p, "{\"payload\":b\"", 13), 0);
        for (p += 13; *p != '"'; p++) {
            p += *p == '\\';
            got[n++] = *p == 'n' && p[-1] == '\\' ? '\n' : *p;
        }
        p = strchr(p, '\n');
    }
    got[n] = 0;
    return got;
}

static void expect(const th_setting *settings, const char *in, const char *want)
{
    open_with(settings);

    ck_assert_int_eq(th_push_json(&h, in), SL_OK);

    ck_assert_str_eq(payloads(), want);
}

START_TEST(the_first_record_gives_the_columns)
{
    expect(plain, "[{\"a\":1,\"b\":\"x\"},{\"b\":\"y\",\"a\":2},{\"b\":\"z\"}]",
           "a,b\n1,x\n2,y\n,z\n");

    ck_assert_uint_eq(h.used, 3);
    th_close(&h);
}
END_TEST

START_TEST(a_later_key_sends_its_record_to_the_dead_letters)
{
    expect(plain, "[{\"a\":1},{\"a\":2,\"c\":3},{\"a\":4}]", "a\n1\n4\n");

    ck_assert_uint_eq(h.nrejects, 1);
    ck_assert_uint_eq(h.rejects[0].row, 1);
    ck_assert_str_eq(h.rejects[0].code, "csv.column");
    ck_assert_ptr_nonnull(strstr(h.rejects[0].why, "the field c has no column"));
    ck_assert_uint_eq(h.used, 2);
    th_close(&h);
}
END_TEST

START_TEST(given_columns_choose_and_order_fields)
{
    static const th_setting s[] = {SET("columns", "b"), SET("columns", "x \"y\".z"),
                                   SET("columns", "a"), END};

    expect(s, "[{\"a\":1,\"b\":2,\"c\":3},{\"x \\\"y\\\".z\":5}]",
           "b,\"x \"\"y\"\".z\",a\n2,,1\n,5,\n");
    ck_assert_uint_eq(h.nrejects, 0);
    th_close(&h);
}
END_TEST

START_TEST(cells_are_quoted_only_when_they_must_be)
{
    expect(plain,
           "[{\"a\":\"x,y\",\"b\":\"say \\\"hi\\\"\",\"c\":\"two\\nlines\",\"d\":\"\",\"e\":null,"
           "\"f\":\" plain \",\"g\":\"\\\"\"}]",
           "a,b,c,d,e,f,g\n\"x,y\",\"say \"\"hi\"\"\",\"two\nlines\",\"\",, plain ,\"\"\"\"\n");
    th_close(&h);
}
END_TEST

START_TEST(values_of_all_types_become_text)
{
    expect(plain,
           "[{\"i\":-5,\"u\":18446744073709551615,\"f\":0.1,\"b\":true,\"t\":{\"$t\":"
           "\"2026-01-31T12:00:00Z\"},\"m\":{\"k\":[1,\"x\"]},\"l\":[]}]",
           "i,u,f,b,t,m,l\n-5,18446744073709551615,0.1,true,2026-01-31T12:00:00Z,"
           "\"{\"\"k\"\":[1,\"\"x\"\"]}\",[]\n");
    th_close(&h);
}
END_TEST

START_TEST(signs_null_text_and_header_can_be_chosen)
{
    static const th_setting s[] = {SET("delimiter", ";"), SET("quote", "'"), SET("null", "\\N"),
                                   SET("header", "false"), END};

    expect(s, "[{\"a\":\"x;'y\",\"b\":null,\"c\":\"\\\\N\",\"d\":\"\"}]", "'x;''y';\\N;'\\N';\n");
    th_close(&h);
}
END_TEST

START_TEST(a_row_with_one_null_is_no_empty_line)
{
    expect(plain, "[{\"a\":1},{\"a\":null}]", "a\n1\n\"\"\n");
    th_close(&h);
}
END_TEST

START_TEST(the_header_is_written_once_even_over_a_restart)
{
    open_with(plain);
    ck_assert_int_eq(th_push_json(&h, "[{\"a\":1,\"b\":2}]"), SL_OK);
    ck_assert_int_eq(th_push_json(&h, "[{\"a\":3}]"), SL_OK);

    ck_assert_int_eq(th_restart(&h), SL_OK);
    ck_assert_int_eq(th_push_json(&h, "[{\"b\":4}]"), SL_OK);

    ck_assert_str_eq(payloads(), "a,b\n1,2\n3,\n,4\n");
    th_close(&h);
}
END_TEST

START_TEST(many_records_make_several_payloads)
{
    static char in[400000];
    size_t n = 1;

    in[0] = '[';
    for (uint32_t i = 0; i < 10000; i++)
        n += (size_t)sprintf(in + n, "%s{\"a\":%u,\"b\":\"0123456789\"}", i ? "," : "", i);
    in[n++] = ']';
    in[n] = 0;
    open_with(plain);

    ck_assert_int_eq(th_push_json(&h, in), SL_OK);

    ck_assert_uint_ge(h.rows, 2);
    ck_assert_uint_eq(h.used, 10000);
    ck_assert_uint_eq(strlen(payloads()), 4 + 10000 * 12 + 38890);
    th_close(&h);
}
END_TEST

START_TEST(mistakes_in_signs_are_shown)
{
    static const th_setting s[] = {SET("delimiter", "::"), END};
    static const th_setting same[] = {SET("quote", ","), END};

    ck_assert_int_eq(th_open(&h, sluice_plugin_v1.classes[1], s, NULL, 0), SL_E_CONFIG);
    ck_assert_str_eq(h.path, "delimiter");
    th_close(&h);
    ck_assert_int_eq(th_open(&h, sluice_plugin_v1.classes[1], same, NULL, 0), SL_E_CONFIG);
    ck_assert_str_eq(h.path, "quote");
    th_close(&h);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    for (uint64_t n = 1;; n++) {
        int met;

        if (th_open(&h, sluice_plugin_v1.classes[1], plain, NULL, n) == SL_OK) {
            ck_assert_int_eq(th_push_json(&h, "[{\"a\":1,\"b\":[1]},{\"x\":1},{\"b\":{}}]"), SL_OK);
            ck_assert_int_eq(th_push_json(&h, "[{\"a\":\"x,\"}]"), SL_OK);
            ck_assert_str_eq(payloads(), "a,b\n1,[1]\n,{}\n\"x,\",\n");
            ck_assert_uint_eq(h.nrejects, 1);
        }
        met = h.memory.calls >= h.memory.fail_at;
        th_close(&h);
        if (!met)
            break;
        ck_assert_uint_lt(n, 1000);
    }
}
END_TEST

SUITE("csv encoder", the_first_record_gives_the_columns,
      a_later_key_sends_its_record_to_the_dead_letters, given_columns_choose_and_order_fields,
      cells_are_quoted_only_when_they_must_be, values_of_all_types_become_text,
      signs_null_text_and_header_can_be_chosen, a_row_with_one_null_is_no_empty_line,
      the_header_is_written_once_even_over_a_restart, many_records_make_several_payloads,
      mistakes_in_signs_are_shown, every_allocation_may_fail)
