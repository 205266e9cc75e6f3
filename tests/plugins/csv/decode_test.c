/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/plugins/csv/decode_test.c - what the csv decoder makes of text.
 *
 * Text goes in as payloads, records come out as text; the host checks every slot.
 */
#include "tests/lib/suite.h"
#include "tests/lib/text_host.h"

#include <stdio.h>

static text_host h;
static const char *const all[] = {"*", NULL};

#define SET(path, text)                                                                            \
    {                                                                                              \
        path, NULL, text                                                                           \
    }
#define TYPE(name, type)                                                                           \
    {                                                                                              \
        "types", name, type                                                                        \
    }
#define END                                                                                        \
    {                                                                                              \
        NULL, NULL, NULL                                                                           \
    }

static const th_setting plain[] = {END};

static void open_with(const th_setting *settings)
{
    sl_status rc = th_open(&h, sluice_plugin_v1.classes[0], settings, all, 0);

    ck_assert_msg(rc == SL_OK, "%s: %s", h.code, h.why);
}

static void push(const char *text, uint32_t flags)
{
    ck_assert_int_eq(th_push_raw(&h, text, strlen(text), 1, flags), SL_OK);
}

static void expect(const th_setting *settings, const char *in, const char *want)
{
    open_with(settings);
    push(in, SL_BATCH_LAST);
    ck_assert_str_eq(th_text(&h), want);
}

static void expect_dead(uint32_t i, const char *code, const char *bytes)
{
    ck_assert_uint_lt(i, h.nrejects);
    ck_assert_str_eq(h.rejects[i].code, code);
    ck_assert_str_eq((const char *)h.rejects[i].bytes, bytes);
}

/* ---- the grammar ---- */

START_TEST(cells_take_the_names_of_the_header)
{
    expect(plain, "a,b\n1,x y\n2,\n", "{\"a\":\"1\",\"b\":\"x y\"}\n{\"a\":\"2\",\"b\":\"\"}\n");

    ck_assert_uint_eq(h.all_batches, 1);
    ck_assert_uint_eq(h.used, 1);
    th_close(&h);
}
END_TEST

START_TEST(quotes_hold_delimiters_line_ends_and_doubled_quotes)
{
    expect(plain, "a,b\r\n\"x,\"\"y\"\"\",\"1\r\n2\n3\"\r\n\"\",\" \"\r\n",
           "{\"a\":\"x,\\\"y\\\"\",\"b\":\"1\\u000d\\n2\\n3\"}\n{\"a\":\"\",\"b\":\" \"}\n");
    th_close(&h);
}
END_TEST

START_TEST(a_quote_inside_of_a_plain_cell_is_a_sign_like_any_other)
{
    expect(plain, "a,b\n5\" x,y\"\"\n", "{\"a\":\"5\\\" x\",\"b\":\"y\\\"\\\"\"}\n");
    th_close(&h);
}
END_TEST

START_TEST(the_last_line_needs_no_end_and_empty_lines_are_skipped)
{
    expect(plain, "\n\r\na,b\n\n1,2\n\r\n3,",
           "{\"a\":\"1\",\"b\":\"2\"}\n{\"a\":\"3\",\"b\":\"\"}\n");
    th_close(&h);
}
END_TEST

START_TEST(a_mark_of_byte_order_is_not_part_of_the_first_name)
{
    expect(plain,
           "\xef\xbb\xbf"
           "a,b\n1,2\n",
           "{\"a\":\"1\",\"b\":\"2\"}\n");
    th_close(&h);
}
END_TEST

START_TEST(records_with_another_number_of_fields_are_dead_letters)
{
    expect(plain, "a,b\n1\n1,2\n1,2,3\n", "{\"a\":\"1\",\"b\":\"2\"}\n");

    ck_assert_uint_eq(h.nrejects, 2);
    expect_dead(0, "csv.fields", "1\n");
    ck_assert_ptr_nonnull(strstr(h.rejects[0].why, "1 instead of 2"));
    expect_dead(1, "csv.fields", "1,2,3\n");
    ck_assert_uint_eq(h.rejects[1].at, 10);
    th_close(&h);
}
END_TEST

START_TEST(text_behind_a_quote_spoils_its_line_only)
{
    expect(plain, "a,b\n\"x\"y,1\n1,2\n", "{\"a\":\"1\",\"b\":\"2\"}\n");

    expect_dead(0, "csv.quote", "\"x\"y,1\n");
    ck_assert_ptr_nonnull(strstr(h.rejects[0].why, "column 4"));
    th_close(&h);
}
END_TEST

START_TEST(a_quote_that_is_never_closed_spoils_its_line_only)
{
    expect(plain, "a,b\n1,2\n3,\"x\n4,5\n6,7",
           "{\"a\":\"1\",\"b\":\"2\"}\n{\"a\":\"4\",\"b\":"
           "\"5\"}\n{\"a\":\"6\",\"b\":\"7\"}\n");

    ck_assert_uint_eq(h.nrejects, 1);
    expect_dead(0, "csv.quote", "3,\"x\n");
    ck_assert_ptr_nonnull(strstr(h.rejects[0].why, "column 3"));
    th_close(&h);
}
END_TEST

START_TEST(other_signs_can_be_chosen)
{
    static const th_setting s[] = {SET("delimiter", "\\t"), SET("quote", "'"),
                                   SET("escape", "backslash"), END};

    expect(s, "a\tb\n'x\\'\ty\\\\'\t,\n'it''s'\t\"\n",
           "{\"a\":\"x'\\u0009y\\\\\",\"b\":\",\"}\n{\"a\":\"it's\",\"b\":\"\\\"\"}\n");
    th_close(&h);
}
END_TEST

START_TEST(quotes_can_be_switched_off)
{
    static const th_setting s[] = {SET("delimiter", ";"), SET("quote", ""), END};

    expect(s, "a;b\n\"x;y\"\n", "{\"a\":\"\\\"x\",\"b\":\"y\\\"\"}\n");
    th_close(&h);
}
END_TEST

/* ---- names ---- */

START_TEST(names_that_come_twice_or_are_empty_get_a_number)
{
    expect(plain, "id,id,,id_2,id\n1,2,3,4,5\n",
           "{\"id\":\"1\",\"id_2\":\"2\",\"column3\":\"3\",\"id_2_2\":\"4\",\"id_3\":\"5\"}\n");
    th_close(&h);
}
END_TEST

START_TEST(a_header_of_very_many_equal_names_takes_no_time)
{
    static char in[4 * 60000];
    size_t n = 0;

    for (uint32_t i = 0; i < 60000; i++) {
        in[n++] = 'a';
        in[n++] = i < 59999 ? ',' : '\n';
    }
    open_with(plain);
    h.keeps_out = 0;
    memcpy(in + n, in, n);

    ck_assert_int_eq(th_push_raw(&h, in, 2 * n, 1, SL_BATCH_LAST), SL_OK);

    ck_assert_uint_eq(h.rows, 1);
    th_close(&h);
}
END_TEST

START_TEST(more_fields_than_the_limit_are_a_dead_letter)
{
    static char in[70001];

    memset(in, ',', 70000);
    open_with(plain);

    push(in, SL_BATCH_LAST);

    ck_assert_uint_eq(h.nrejects, 1);
    ck_assert_str_eq(h.rejects[0].code, "csv.fields");
    th_close(&h);
}
END_TEST

START_TEST(columns_replace_the_header)
{
    static const th_setting with[] = {SET("columns", "x"), SET("columns", "y"), END};
    static const th_setting without[] = {SET("header", "false"), SET("columns", "x"),
                                         SET("columns", "y"), END};

    expect(with, "a,b\n1,2\n", "{\"x\":\"1\",\"y\":\"2\"}\n");
    th_close(&h);
    expect(without, "a,b\n1,2\n", "{\"x\":\"a\",\"y\":\"b\"}\n{\"x\":\"1\",\"y\":\"2\"}\n");
    th_close(&h);
}
END_TEST

START_TEST(without_any_names_columns_are_numbered)
{
    static const th_setting s[] = {SET("header", "false"), END};

    expect(s, "1,2\n3,4\n5\n",
           "{\"column1\":\"1\",\"column2\":\"2\"}\n"
           "{\"column1\":\"3\",\"column2\":\"4\"}\n");
    ck_assert_uint_eq(h.nrejects, 1);
    th_close(&h);
}
END_TEST

START_TEST(each_split_has_its_own_header)
{
    open_with(plain);

    ck_assert_int_eq(th_push_raw(&h, "a,b\n1,", 6, 1, 0), SL_OK);
    ck_assert_int_eq(th_push_raw(&h, "b,c\n3,4\n", 8, 2, SL_BATCH_LAST), SL_OK);
    ck_assert_int_eq(th_push_raw(&h, "2\n", 2, 1, SL_BATCH_LAST), SL_OK);
    ck_assert_int_eq(th_push_raw(&h, "z\n9\n", 4, 1, SL_BATCH_LAST), SL_OK);

    ck_assert_str_eq(th_text(&h), "{\"b\":\"3\",\"c\":\"4\"}\n{\"a\":\"1\",\"b\":\"2\"}\n"
                                  "{\"z\":\"9\"}\n");
    th_close(&h);
}
END_TEST

START_TEST(each_whole_message_has_its_own_header)
{
    open_with(plain);

    push("a\n1\n2", SL_BATCH_WHOLE);
    push("\nb\n3\n", SL_BATCH_WHOLE);
    push("\xef\xbb\xbf"
         "c\n4\n",
         SL_BATCH_WHOLE);

    ck_assert_str_eq(th_text(&h), "{\"a\":\"1\"}\n{\"a\":\"2\"}\n{\"b\":\"3\"}\n{\"c\":\"4\"}\n");
    th_close(&h);
}
END_TEST

START_TEST(header_and_rest_survive_a_restart)
{
    open_with(plain);
    ck_assert_int_eq(th_push_raw(&h, "q\n0\n", 4, 2, 0), SL_OK);
    ck_assert_int_eq(th_push_raw(&h, "a,\"b\nc\"\n1,\"x", 12, 1, 0), SL_OK);

    ck_assert_int_eq(th_restart(&h), SL_OK);
    ck_assert_int_eq(th_push_raw(&h, "\"\"y\"\n", 5, 1, 0), SL_OK);
    ck_assert_int_eq(th_push_raw(&h, "7\n", 2, 2, SL_BATCH_LAST), SL_OK);

    ck_assert_str_eq(th_text(&h), "{\"q\":\"0\"}\n{\"a\":\"1\",\"b\\nc\":\"x\\\"y\"}\n"
                                  "{\"q\":\"7\"}\n");
    th_close(&h);
}
END_TEST

START_TEST(a_broken_snapshot_is_refused)
{
    static const uint8_t bad[][20] = {{0}, {0, 0, 0, 9}, {0, 0, 0, 1, 0, 0, 0, 1, 0xff}};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        open_with(plain);
        ck_assert_int_ne(h.klass->restore(h.self, bad[i], i ? 20 : 3), SL_OK);
        th_close(&h);
    }
}
END_TEST

/* ---- values ---- */

START_TEST(types_turn_cells_into_values_and_empty_ones_into_null)
{
    static const th_setting s[] = {TYPE("i", "int"),      TYPE("f", "float"),
                                   TYPE("b", "bool"),     TYPE("t", "time(%d.%m.%Y)"),
                                   TYPE("d", "decimal"),  TYPE("s", "string"),
                                   TYPE("unused", "int"), END};

    expect(s, "i,f,b,t,d,s\n-5,2.5,true,31.01.2026,1.50,x\n,,,,,\n\"7\",1,f,01.02.2026,2,\"\"\n",
           "{\"i\":-5,\"f\":2.5,\"b\":true,\"t\":t\"2026-01-31T00:00:00Z\",\"d\":d\"1.50\",\"s\":"
           "\"x\"}\n"
           "{\"i\":null,\"f\":null,\"b\":null,\"t\":null,\"d\":null,\"s\":\"\"}\n"
           "{\"i\":7,\"f\":1.0,\"b\":false,\"t\":t\"2026-02-01T00:00:00Z\",\"d\":d\"2\",\"s\":"
           "\"\"}\n");
    th_close(&h);
}
END_TEST

START_TEST(a_value_of_another_type_sends_the_record_to_the_dead_letters)
{
    static const th_setting s[] = {TYPE("n", "int"), END};

    expect(s, "a,n\nx,1\ny,two\nz,3\n", "{\"a\":\"x\",\"n\":1}\n{\"a\":\"z\",\"n\":3}\n");

    expect_dead(0, "csv.type", "y,two\n");
    ck_assert_str_eq(h.rejects[0].why, "at column 3: a value is not of its column's type: n");
    th_close(&h);
}
END_TEST

START_TEST(null_texts_count_only_without_quotes)
{
    static const th_setting s[] = {SET("null", ""), SET("null", "NULL"), END};

    expect(s, "a,b,c\n,NULL,null\n\"\",\"NULL\",x\n",
           "{\"a\":null,\"b\":null,\"c\":\"null\"}\n{\"a\":\"\",\"b\":\"NULL\",\"c\":\"x\"}\n");
    th_close(&h);
}
END_TEST

START_TEST(bad_utf8_is_a_dead_letter_and_latin1_is_recoded)
{
    static const th_setting latin[] = {SET("encoding", "latin1"), END};

    expect(plain, "a\ngr\xfcn\nblau\n", "{\"a\":\"blau\"}\n");
    expect_dead(0, "csv.utf8", "gr\xfcn\n");
    th_close(&h);
    expect(latin, "\xe4,b\n\"gr\"\"\xfcn\",\xff\n",
           "{\"\xc3\xa4\":\"gr\\\"\xc3\xbcn\",\"b\":\"\xc3\xbf\"}\n");
    th_close(&h);
}
END_TEST

START_TEST(a_record_over_the_limit_is_a_dead_letter)
{
    static const th_setting s[] = {SET("max_record", "1KiB"), END};
    static char big[4000];

    memset(big, 'x', sizeof big - 1);
    open_with(s);
    push("a\n1\n", 0);
    push("\"", 0);
    push(big, 0);
    push(big, 0);
    push("\n2\n", SL_BATCH_LAST);

    ck_assert_str_eq(th_text(&h), "{\"a\":\"1\"}\n{\"a\":\"2\"}\n");
    ck_assert_uint_ge(h.nrejects, 1);
    ck_assert_str_eq(h.rejects[0].code, "record.size");
    th_close(&h);
}
END_TEST

START_TEST(wide_tables_and_long_cells_keep_their_values)
{
    static char in[400000];
    size_t n = 0;

    for (uint32_t i = 0; i < 300; i++)
        n += (size_t)snprintf(in + n, sizeof in - n, "c%u,", i);
    n += (size_t)snprintf(in + n, sizeof in - n, "last\n");
    for (uint32_t i = 0; i < 300; i++)
        n += (size_t)snprintf(in + n, sizeof in - n, "%u,", i);
    memset(in + n, 'v', 70000);
    in[n + 70000] = '\n';
    open_with(plain);

    ck_assert_int_eq(th_push_raw(&h, in, n + 70001, 1, SL_BATCH_LAST), SL_OK);

    ck_assert_uint_eq(h.rows, 1);
    ck_assert_ptr_nonnull(strstr(th_text(&h), "\"c299\":\"299\",\"last\":\"vvvv"));
    th_close(&h);
}
END_TEST

/* ---- mistakes in the settings ---- */

START_TEST(mistakes_in_settings_are_shown)
{
    static const struct {
        th_setting setting;
        const char *code;
        const char *path;
    } cases[] = {
        {SET("delimiter", ""), "csv.sign", "delimiter"},
        {SET("delimiter", "ab"), "csv.sign", "delimiter"},
        {SET("delimiter", "\xc3\xa4"), "csv.sign", "delimiter"},
        {SET("delimiter", "\""), "csv.sign", "quote"},
        {SET("quote", "\n"), "csv.sign", "quote"},
        {TYPE("x", "number"), "types.unknown", "types.x"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const th_setting s[] = {cases[i].setting, END};

        ck_assert_int_eq(th_open(&h, sluice_plugin_v1.classes[0], s, all, 0), SL_E_CONFIG);
        ck_assert_str_eq(h.code, cases[i].code);
        ck_assert_str_eq(h.path, cases[i].path);
        th_close(&h);
    }
}
END_TEST

/* ---- cuts and memory ---- */

static const char sample[] = "\xef\xbb\xbf"
                             "a,\"b\nb\",n\r\n1,\"x\"\"y\",5\r\n\r\n\"\xff\",2,3\n"
                             "\"l\r\nm\",\"\",\nragged\n\"q\"x,1,2\n2,z,nan\nlast,\"\"\"\",7";
static const th_setting sample_set[] = {TYPE("n", "int"), END};

START_TEST(blocks_cut_at_any_byte_give_the_same_records)
{
    size_t n = sizeof sample - 1;
    char *want;

    open_with(sample_set);
    push(sample, SL_BATCH_LAST);
    ck_assert_uint_eq(h.rows, 3);
    ck_assert_uint_eq(h.nrejects, 4);
    want = strdup(th_text(&h));
    ck_assert_ptr_nonnull(want);
    th_close(&h);
    for (size_t cut = 0; cut <= n; cut++) {
        open_with(sample_set);
        ck_assert_int_eq(th_push_raw(&h, sample, cut, 1, 0), SL_OK);
        ck_assert_int_eq(th_push_raw(&h, sample + cut, n - cut, 1, SL_BATCH_LAST), SL_OK);
        ck_assert_str_eq(th_text(&h), want);
        ck_assert_uint_eq(h.nrejects, 4);
        th_close(&h);
    }
    free(want);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    char *want = NULL;
    size_t len = sizeof sample - 1;

    for (uint64_t n = 0;; n++) {
        int met;

        if (th_open(&h, sluice_plugin_v1.classes[0], sample_set, all, n) == SL_OK) {
            for (uint32_t i = 0; i < 3; i++) {
                size_t from = len * i / 3;
                uint32_t flags = i == 2 ? SL_BATCH_LAST : 0;

                while (th_push_raw(&h, sample + from, len * (i + 1) / 3 - from, 1, flags) ==
                       SL_E_NOMEM)
                    ;
                while (i < 2 && th_restart(&h) == SL_E_NOMEM && h.self)
                    ;
                if (!h.self)
                    break;
            }
            if (!n)
                want = strdup(th_text(&h));
            if (h.self)
                ck_assert_str_eq(th_text(&h), want);
        }
        met = !n || h.memory.calls >= h.memory.fail_at;
        th_close(&h);
        if (!met)
            break;
        ck_assert_uint_lt(n, 1000);
    }
    free(want);
}
END_TEST

SUITE("csv decoder", cells_take_the_names_of_the_header,
      quotes_hold_delimiters_line_ends_and_doubled_quotes,
      a_quote_inside_of_a_plain_cell_is_a_sign_like_any_other,
      the_last_line_needs_no_end_and_empty_lines_are_skipped,
      a_mark_of_byte_order_is_not_part_of_the_first_name,
      records_with_another_number_of_fields_are_dead_letters,
      text_behind_a_quote_spoils_its_line_only, a_quote_that_is_never_closed_spoils_its_line_only,
      other_signs_can_be_chosen, quotes_can_be_switched_off,
      names_that_come_twice_or_are_empty_get_a_number,
      a_header_of_very_many_equal_names_takes_no_time, more_fields_than_the_limit_are_a_dead_letter,
      columns_replace_the_header, without_any_names_columns_are_numbered,
      each_split_has_its_own_header, each_whole_message_has_its_own_header,
      header_and_rest_survive_a_restart, a_broken_snapshot_is_refused,
      types_turn_cells_into_values_and_empty_ones_into_null,
      a_value_of_another_type_sends_the_record_to_the_dead_letters,
      null_texts_count_only_without_quotes, bad_utf8_is_a_dead_letter_and_latin1_is_recoded,
      a_record_over_the_limit_is_a_dead_letter, wide_tables_and_long_cells_keep_their_values,
      mistakes_in_settings_are_shown, blocks_cut_at_any_byte_give_the_same_records,
      every_allocation_may_fail)
