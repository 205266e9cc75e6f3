/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/plugins/select/select_test.c - what the select transform does to records.
 *
 * Records go in as JSON and come out as text; the host checks every slot against the record.
 */
#include "tests/lib/suite.h"
#include "tests/lib/text_host.h"

#include <stdio.h>

static text_host h;
static const char *const all[] = {"*", NULL};

static void open_with(const th_setting *settings)
{
    sl_status rc = th_open(&h, sluice_plugin_v1.classes[0], settings, all, 0);

    ck_assert_msg(rc == SL_OK, "%s: %s", h.code, h.why);
}

/* Push IN through SETTINGS and compare what comes out with WANT. */
static void expect(const th_setting *settings, const char *in, const char *want)
{
    open_with(settings);

    ck_assert_int_eq(th_push_json(&h, in), SL_OK);

    ck_assert_str_eq(th_text(&h), want);
}

static void done(void)
{
    th_close(&h);
}

#define KEEP(text)                                                                                 \
    {                                                                                              \
        "keep", NULL, text                                                                         \
    }
#define TYPE(path, type)                                                                           \
    {                                                                                              \
        "types", path, type                                                                        \
    }
#define RENAME(path, name)                                                                         \
    {                                                                                              \
        "rename", path, name                                                                       \
    }
#define SET(path, text)                                                                            \
    {                                                                                              \
        path, NULL, text                                                                           \
    }
#define END                                                                                        \
    {                                                                                              \
        NULL, NULL, NULL                                                                           \
    }

/* ---- keep ---- */

START_TEST(keep_takes_fields_in_its_order_under_their_last_key)
{
    static const th_setting s[] = {KEEP("b.c"), KEEP("a"), END};

    expect(s, "[{\"a\":1,\"b\":{\"c\":\"x\",\"d\":2}},{\"a\":2}]",
           "{\"c\":\"x\",\"a\":1}\n{\"a\":2}\n");

    ck_assert_uint_eq(h.used, 2);
    ck_assert_uint_eq(h.filtered, 0);
    ck_assert_uint_eq(h.all_batches, 1);
    done();
}
END_TEST

START_TEST(keep_gives_fields_new_names)
{
    static const th_setting s[] = {KEEP("user.id as user_id"), KEEP("\"odd key\" AS \"a.b\""), END};

    expect(s, "[{\"user\":{\"id\":7},\"odd key\":null}]", "{\"user_id\":7,\"a.b\":null}\n");
    done();
}
END_TEST

START_TEST(keep_copies_values_of_every_type_and_length)
{
    static const th_setting s[] = {KEEP("s"), KEEP("n"), KEEP("f"), KEEP("l"), KEEP("m"), END};

    expect(s,
           "[{\"s\":\"0123456789012345678901234567890123456789012345678901234567890123456789\","
           "\"n\":-70000,\"f\":1.5,\"l\":[1,[2,{\"x\":3}]],\"m\":{\"k\":{\"j\":true}}}]",
           "{\"s\":\"0123456789012345678901234567890123456789012345678901234567890123456789\","
           "\"n\":-70000,\"f\":1.5,\"l\":[1,[2,{\"x\":3}]],\"m\":{\"k\":{\"j\":true}}}\n");
    done();
}
END_TEST

START_TEST(keep_may_name_a_record_and_what_is_in_it)
{
    static const th_setting s[] = {KEEP("a"), KEEP("a.b"), KEEP("a.b as c"), END};

    expect(s, "[{\"a\":{\"b\":\"12345678901234567890\"}}]",
           "{\"a\":{\"b\":\"12345678901234567890\"},\"b\":\"12345678901234567890\","
           "\"c\":\"12345678901234567890\"}\n");
    done();
}
END_TEST

START_TEST(rules_work_below_a_kept_record)
{
    static const th_setting s[] = {KEEP("a"), SET("drop", "a.x"), RENAME("a.y", "z"),
                                   TYPE("a.n", "string"), END};

    expect(s, "[{\"a\":{\"x\":1,\"y\":2,\"n\":3},\"b\":1}]", "{\"a\":{\"z\":2,\"n\":\"3\"}}\n");
    done();
}
END_TEST

/* ---- drop, rename, flatten ---- */

START_TEST(drop_leaves_out_fields_at_any_depth_and_keeps_the_rest)
{
    static const th_setting s[] = {SET("drop", "a.b"), SET("drop", "z"), END};

    expect(s, "[{\"z\":1,\"a\":{\"b\":1,\"c\":{\"b\":2}},\"y\":[{\"z\":1}]},{\"a\":5}]",
           "{\"a\":{\"c\":{\"b\":2}},\"y\":[{\"z\":1}]}\n{\"a\":5}\n");
    done();
}
END_TEST

START_TEST(rename_changes_the_key_only)
{
    static const th_setting s[] = {RENAME("a.b", "x"), RENAME("c", "d"), END};

    expect(s, "[{\"a\":{\"b\":{\"q\":1}},\"c\":2}]", "{\"a\":{\"x\":{\"q\":1}},\"d\":2}\n");
    done();
}
END_TEST

START_TEST(flatten_joins_names_and_leaves_arrays)
{
    static const th_setting s[] = {SET("flatten", "true"), END};

    expect(s, "[{\"a\":{\"b\":{\"c\":1},\"d\":[{\"e\":2}]},\"f\":null,\"g\":{}}]",
           "{\"a_b_c\":1,\"a_d\":[{\"e\":2}],\"f\":null}\n");
    done();
}
END_TEST

START_TEST(flatten_goes_as_deep_as_told_with_the_separator_given)
{
    static const th_setting s[] = {SET("flatten", "true"), SET("flatten_depth", "1"),
                                   SET("flatten_separator", "."), END};

    expect(s, "[{\"a\":{\"b\":{\"c\":1}},\"d\":2}]", "{\"a.b\":{\"c\":1},\"d\":2}\n");
    done();
}
END_TEST

START_TEST(flatten_works_on_kept_and_typed_fields)
{
    static const th_setting s[] = {KEEP("u as user"), KEEP("k"), SET("flatten", "true"),
                                   TYPE("u.a.n", "string"), END};

    expect(s, "[{\"k\":1,\"u\":{\"a\":{\"n\":5},\"b\":2}}]",
           "{\"user_a_n\":\"5\",\"user_b\":2,\"k\":1}\n");
    done();
}
END_TEST

START_TEST(a_flattened_key_over_the_limit_sends_the_record_to_the_dead_letters)
{
    static const th_setting s[] = {SET("flatten", "true"), END};
    static char in[140000];
    static char key[40001];

    memset(key, 'k', 40000);
    (void)snprintf(in, sizeof in, "[{\"%s\":{\"%s\":1}},{\"a\":1}]", key, key);
    expect(s, in, "{\"a\":1}\n");

    ck_assert_uint_eq(h.nrejects, 1);
    ck_assert_str_eq(h.rejects[0].code, "select.flatten.key");
    done();
}
END_TEST

/* ---- explode ---- */

START_TEST(explode_gives_a_row_for_each_element)
{
    static const th_setting s[] = {SET("explode", "items"), END};

    expect(s,
           "[{\"a\":1,\"items\":[{\"s\":\"x\"},{\"s\":\"y\"}]},{\"a\":2,\"items\":[]},{\"a\":3}]",
           "{\"a\":1,\"items\":{\"s\":\"x\"}}\n{\"a\":1,\"items\":{\"s\":\"y\"}}\n"
           "{\"a\":2,\"items\":null}\n{\"a\":3}\n");

    ck_assert_uint_eq(h.used, 3);
    done();
}
END_TEST

START_TEST(explode_reaches_into_elements_under_their_new_name)
{
    static const th_setting s[] = {SET("explode", "o.items"),
                                   SET("explode_as", "item"),
                                   KEEP("id"),
                                   KEEP("o.item.sku"),
                                   TYPE("o.item.sku", "string"),
                                   KEEP("o.item"),
                                   END};

    expect(s, "[{\"id\":1,\"o\":{\"items\":[{\"sku\":7},{\"x\":1},8]}}]",
           "{\"id\":1,\"sku\":\"7\",\"item\":{\"sku\":\"7\"}}\n{\"id\":1,\"item\":{\"x\":1}}\n"
           "{\"id\":1,\"item\":8}\n");
    done();
}
END_TEST

START_TEST(explode_drops_records_without_elements_when_told)
{
    static const th_setting s[] = {SET("explode", "i"), SET("explode_empty", "drop"), END};

    expect(s, "[{\"i\":[]},{\"i\":null},{\"a\":1},{\"i\":4}]", "{\"i\":4}\n");

    ck_assert_uint_eq(h.used, 1);
    ck_assert_uint_eq(h.filtered, 3);
    done();
}
END_TEST

START_TEST(a_bad_element_takes_the_whole_record_to_the_dead_letters)
{
    static const th_setting s[] = {SET("explode", "i"), KEEP("i"), TYPE("i", "int"), END};

    expect(s, "[{\"i\":[1,\"x\",2]},{\"i\":[3,\"4\"]}]", "{\"i\":3}\n{\"i\":4}\n");

    ck_assert_uint_eq(h.nrejects, 1);
    ck_assert_uint_eq(h.rejects[0].row, 0);
    ck_assert_uint_eq(h.used, 1);
    done();
}
END_TEST

START_TEST(exploding_makes_several_batches_and_stops_at_the_limit)
{
    static const th_setting s[] = {SET("explode", "i"), END};
    static char in[200000];
    size_t n = 0;

    n += (size_t)snprintf(in, sizeof in, "[{\"i\":[0");
    for (uint32_t i = 1; i < 32768; i++)
        n += (size_t)snprintf(in + n, sizeof in - n, ",%u", i % 10);
    n += (size_t)snprintf(in + n, sizeof in - n, "]},{\"i\":[0");
    for (uint32_t i = 0; i < 32768; i++)
        n += (size_t)snprintf(in + n, sizeof in - n, ",1");
    (void)snprintf(in + n, sizeof in - n, "]},{\"i\":[1,2,3]}]");
    open_with(s);
    h.keeps_out = 0;

    ck_assert_int_eq(th_push_json(&h, in), SL_OK);

    ck_assert_uint_eq(h.rows, 32768 + 3);
    ck_assert_uint_eq(h.batches, 2);
    ck_assert_uint_eq(h.nrejects, 1);
    ck_assert_str_eq(h.rejects[0].code, "select.explode.size");
    done();
}
END_TEST

/* ---- where ---- */

static const char people[] =
    "[{\"n\":1,\"s\":\"ann\",\"f\":1.5,\"b\":true,\"t\":{\"$t\":\"2026-01-01T10:00:00Z\"}},"
    "{\"n\":2,\"s\":\"bob\",\"f\":-1,\"b\":false},"
    "{\"n\":3,\"s\":null},"
    "{\"n\":18446744073709551615,\"s\":\"ann%\"}]";

/* The numbers of the people that fulfil WHERE, as text. */
static void expect_where(const char *where, const char *want)
{
    th_setting s[] = {SET("where", where), KEEP("n"), END};
    char got[256] = "";

    open_with(s);
    ck_assert_int_eq(th_push_json(&h, people), SL_OK);
    for (const char *line = th_text(&h); line && *line; line = strchr(line, '\n') + 1) {
        strncat(got, line + 5, strcspn(line + 5, "}"));
        strcat(got, " ");
    }
    ck_assert_msg(!strcmp(got, want), "%s: %s, not %s", where, got, want);
    ck_assert_uint_eq(h.used + h.filtered, 4);
    done();
}

#define BIG "18446744073709551615 "

START_TEST(where_compares_numbers_of_all_kinds)
{
    expect_where("n = 1", "1 ");
    expect_where("n == 1.0", "1 ");
    expect_where("n != 1", "2 3 " BIG);
    expect_where("n < 3", "1 2 ");
    expect_where("n >= 2.5", "3 " BIG);
    expect_where("n > 18446744073709551614", BIG);
    expect_where("f <= 1.5", "1 2 ");
    expect_where("f > -1", "1 ");
    expect_where("n in (2, 3.0, 'x')", "2 3 ");
    expect_where("n not in (2, 3)", "1 " BIG);
}
END_TEST

START_TEST(where_compares_text_bools_and_times)
{
    expect_where("s = 'ann'", "1 ");
    expect_where("s < 'b'", "1 " BIG);
    expect_where("s <> 'ann'", "2 " BIG);
    expect_where("b = true", "1 ");
    expect_where("b != TRUE", "2 ");
    expect_where("t >= '2026-01-01'", "1 ");
    expect_where("t < '2026-01-01T10:00:00Z'", "");
}
END_TEST

START_TEST(where_knows_like)
{
    expect_where("s like 'a%'", "1 " BIG);
    expect_where("s like '_nn'", "1 ");
    expect_where("s like 'ann\\%'", BIG);
    expect_where("s like '%n%n%'", "1 " BIG);
    expect_where("s not like 'a%'", "2 ");
    expect_where("s like ''", "");
}
END_TEST

START_TEST(where_treats_missing_and_other_types_as_unknown)
{
    expect_where("s is null", "3 ");
    expect_where("s is not null", "1 2 " BIG);
    expect_where("x is null", "1 2 3 " BIG);
    expect_where("x = 1", "");
    expect_where("not x = 1", "");
    expect_where("n = 'ann'", "");
    expect_where("x = 1 or n = 1", "1 ");
    expect_where("not (x = 1 and n = 1)", "2 3 " BIG);
    expect_where("x in (1) or not (n in ('x'))", "");
}
END_TEST

START_TEST(where_binds_and_before_or)
{
    expect_where("n = 1 or n = 2 and s = 'ann'", "1 ");
    expect_where("(n = 1 or n = 2) and s = 'bob'", "2 ");
    expect_where("NOT n = 1 AND NOT n = 2", "3 " BIG);
    expect_where("n=1 or n=2 or n=3", "1 2 3 ");
}
END_TEST

START_TEST(where_alone_selects_without_copying)
{
    static const th_setting s[] = {SET("where", "n > 1"), END};

    open_with(s);
    ck_assert(h.is_through);

    ck_assert_int_eq(th_push_json(&h, "[{\"n\":1},{\"n\":2}]"), SL_OK);

    ck_assert_str_eq(th_text(&h), "{\"n\":2}\n");
    ck_assert_ptr_nonnull(h.last->sel);
    ck_assert_uint_eq(h.used, 1);
    ck_assert_uint_eq(h.filtered, 1);
    done();
}
END_TEST

START_TEST(where_hands_on_the_batch_itself_when_all_rows_pass)
{
    static const th_setting s[] = {SET("where", "n > 0"), END};
    sl_batch *batch;

    open_with(s);
    batch = th_batch_json(&h, "[{\"n\":1},{\"n\":2}]");

    ck_assert_int_eq(th_push(&h, batch), SL_OK);

    ck_assert_ptr_eq(h.last, batch);
    sl_batch_unref(batch);
    done();
}
END_TEST

/* ---- types ---- */

static void expect_cast(const char *type, const char *in, const char *want)
{
    const th_setting s[] = {KEEP("v"), TYPE("v", type), END};
    char json[256];
    char out[256];

    (void)snprintf(json, sizeof json, "[{\"v\":%s}]", in);
    (void)snprintf(out, sizeof out, "{\"v\":%s}\n", want);
    open_with(s);
    ck_assert_int_eq(th_push_json(&h, json), SL_OK);
    if (want[0] == '!') {
        ck_assert_msg(h.nrejects == 1, "%s as %s gives %s", in, type, th_text(&h));
        ck_assert_str_eq(h.rejects[0].code, "select.cast");
        ck_assert_uint_eq(h.used, 0);
    } else {
        ck_assert_msg(!strcmp(th_text(&h), out), "%s as %s gives %s", in, type, th_text(&h));
    }
    done();
}

START_TEST(casts_to_int_lose_nothing)
{
    expect_cast("int", "\"-12\"", "-12");
    expect_cast("int", "\"18446744073709551615\"", "18446744073709551615");
    expect_cast("int", "\"-9223372036854775808\"", "-9223372036854775808");
    expect_cast("int", "\"-9223372036854775809\"", "!");
    expect_cast("int", "\"18446744073709551616\"", "!");
    expect_cast("int", "3.0", "3");
    expect_cast("int", "3.5", "!");
    expect_cast("int", "1e300", "!");
    expect_cast("int", "true", "1");
    expect_cast("int", "\"\"", "!");
    expect_cast("int", "\"1x\"", "!");
    expect_cast("int", "null", "null");
    expect_cast("int", "[1]", "!");
}
END_TEST

START_TEST(casts_to_other_numbers_take_text_and_numbers)
{
    expect_cast("float", "\"1.25\"", "1.25");
    expect_cast("float", "2", "2.0");
    expect_cast("float", "\"x\"", "!");
    expect_cast("decimal", "\"1.10\"", "d\"1.10\"");
    expect_cast("decimal", "5", "d\"5\"");
    expect_cast("decimal", "0.1", "d\"0.1\"");
    expect_cast("bool", "\"True\"", "true");
    expect_cast("bool", "0", "false");
    expect_cast("bool", "2", "!");
}
END_TEST

START_TEST(casts_to_string_print_values)
{
    expect_cast("string", "-9223372036854775808", "\"-9223372036854775808\"");
    expect_cast("string", "18446744073709551615", "\"18446744073709551615\"");
    expect_cast("string", "105", "\"105\"");
    expect_cast("string", "0", "\"0\"");
    expect_cast("string", "1.5", "\"1.5\"");
    expect_cast("string", "false", "\"false\"");
    expect_cast("string", "{\"$t\":\"2026-01-01T10:00:00.5Z\"}", "\"2026-01-01T10:00:00.500Z\"");
    expect_cast("string", "{\"a\":1}", "!");
}
END_TEST

START_TEST(casts_to_times_read_text_and_epochs)
{
    expect_cast("timestamp", "\"2026-01-01T00:00:59.513Z\"", "t\"2026-01-01T00:00:59.513Z\"");
    expect_cast("timestamp", "\"2026-01-01T00:00:59.513456Z\"", "t\"2026-01-01T00:00:59.513456Z\"");
    expect_cast("timestamp", "\"2026-01-01T01:00:59+01:00\"", "t\"2026-01-01T00:00:59Z\"");
    expect_cast("timestamp", "\"2026-13-01T00:00:59Z\"", "!");
    expect_cast("timestamp", "\"2026-01-01T25:00:59Z\"", "!");
    expect_cast("timestamp", "\"2026-01-01T00:00:5xZ\"", "!");
    expect_cast("timestamp", "1", "!");
    expect_cast("timestamp(ms)", "1767225600123", "t\"2026-01-01T00:00:00.123Z\"");
    expect_cast("timestamp(ns)", "-1", "t\"1969-12-31T23:59:59.999999Z\"");
    expect_cast("date", "\"2026-01-31\"", "D\"2026-01-31\"");
    expect_cast("date", "\"1969-12-31T23:59:59Z\"", "D\"1969-12-31\"");
    expect_cast("time(%d/%b/%Y:%H:%M:%S %z)", "\"31/Jan/2026:12:00:00 +0100\"",
                "t\"2026-01-31T11:00:00Z\"");
    expect_cast("time(%Y%m%d)", "20260131", "t\"2026-01-31T00:00:00Z\"");
}
END_TEST

START_TEST(the_dead_letter_names_field_value_and_type)
{
    static const th_setting s[] = {KEEP("a.b as c"), TYPE("c", "int"), END};

    expect(s, "[{\"a\":{\"b\":\"ten\"}},{\"a\":{\"b\":\"10\"}}]", "{\"c\":10}\n");

    ck_assert_uint_eq(h.nrejects, 1);
    ck_assert_str_eq(h.rejects[0].why, "the field a.b holds “ten”, which can't be turned into int");
    done();
}
END_TEST

START_TEST(a_failed_cast_can_give_null)
{
    static const th_setting s[] = {TYPE("v", "int"), SET("on_error", "null"), END};

    expect(s, "[{\"v\":\"x\",\"w\":1}]", "{\"v\":null,\"w\":1}\n");
    ck_assert_uint_eq(h.nrejects, 0);
    done();
}
END_TEST

START_TEST(many_bad_rows_are_all_rejected_and_the_good_ones_keep_their_order)
{
    static const th_setting s[] = {TYPE("v", "int"), END};
    static char in[40000];
    size_t n = (size_t)snprintf(in, sizeof in, "[{\"v\":0}");

    for (uint32_t i = 1; i < 2000; i++)
        n += (size_t)snprintf(in + n, sizeof in - n, i % 2 ? ",{\"v\":\"x\"}" : ",{\"v\":%u}", i);
    (void)snprintf(in + n, sizeof in - n, "]");
    open_with(s);

    ck_assert_int_eq(th_push_json(&h, in), SL_OK);

    ck_assert_uint_eq(h.nrejects, 1000);
    ck_assert_uint_eq(h.rows, 1000);
    ck_assert_uint_eq(h.used, 1000);
    ck_assert_ptr_nonnull(strstr(th_text(&h), "{\"v\":254}\n{\"v\":256}\n{\"v\":258}\n"));
    done();
}
END_TEST

/* ---- mistakes in the settings ---- */

static void expect_mistake(th_setting setting, const char *code, const char *path, uint32_t at)
{
    th_setting s[] = {setting, END};

    ck_assert_int_eq(th_open(&h, sluice_plugin_v1.classes[0], s, all, 0), SL_E_CONFIG);

    ck_assert_str_eq(h.code, code);
    ck_assert_str_eq(h.path, path);
    ck_assert_msg(h.at == at, "%s: at %u, not %u: %s", setting.value, h.at, at, h.why);
    done();
}

START_TEST(mistakes_in_where_are_shown_at_their_place)
{
    static const struct {
        const char *where;
        uint32_t at;
    } cases[] = {
        {"a = ", 4},     {"a == \"click\"", 5}, {"a", 1},         {"(a = 1", 0},    {"a = 1 b", 6},
        {"a = 'x", 4},   {"a = 1x", 5},         {"a is 3", 5},    {"a in 3", 5},    {"a in (1", 5},
        {"a = null", 4}, {"a like 3", 7},       {"and a = 1", 0}, {"a = 1 and", 9}, {"a..b = 1", 2},
        {"a ~ 1", 2},    {"a = 1 or or b", 9},  {"not", 3},       {"a in ()", 6},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_mistake((th_setting)SET("where", cases[i].where), "select.where.syntax", "where",
                       cases[i].at);
}
END_TEST

START_TEST(deep_and_long_conditions_are_refused)
{
    static char text[70000];
    size_t n = 0;

    memset(text, '(', 100);
    (void)snprintf(text + 100, 100, "a = 1");
    expect_mistake((th_setting)SET("where", text), "select.where.syntax", "where", 64);
    while (n < 60000)
        n += (size_t)snprintf(text + n, sizeof text - n, "a = 1 or ");
    (void)snprintf(text + n, sizeof text - n, "a = 1");
    ck_assert_int_eq(
        th_open(&h, sluice_plugin_v1.classes[0], (th_setting[]){SET("where", text), END}, all, 0),
        SL_E_CONFIG);
    done();
}
END_TEST

START_TEST(mistakes_in_other_settings_are_shown_at_their_place)
{
    expect_mistake((th_setting)KEEP("a as"), "select.keep.syntax", "keep.0", 2);
    expect_mistake((th_setting)KEEP(".a"), "select.keep.syntax", "keep.0", 0);
    expect_mistake((th_setting)KEEP("a as b c"), "select.keep.name", "keep.0", 5);
    expect_mistake((th_setting)SET("drop", "a b"), "select.path", "drop.0", 1);
    expect_mistake((th_setting)TYPE("a", "number"), "types.unknown", "types.a", 0);
    expect_mistake((th_setting)TYPE("a", "time(%Y-%Q)"), "types.format", "types.a", 8);
    expect_mistake((th_setting)TYPE("a", "timestamp(h)"), "types.unit", "types.a", 10);
    expect_mistake((th_setting)TYPE("a", "time"), "types.format", "types.a", 0);
    expect_mistake((th_setting)SET("explode_as", "x"), "select.explode", "explode_as", 0);
}
END_TEST

START_TEST(settings_without_effect_are_mistakes)
{
    static const th_setting twice[] = {KEEP("a.id"), KEEP("b.id"), END};
    static const th_setting unused[] = {KEEP("a"), TYPE("b", "int"), END};
    static const th_setting both[] = {KEEP("a"), SET("drop", "a"), END};

    ck_assert_int_eq(th_open(&h, sluice_plugin_v1.classes[0], twice, all, 0), SL_E_CONFIG);
    ck_assert_str_eq(h.code, "select.keep.twice");
    done();
    ck_assert_int_eq(th_open(&h, sluice_plugin_v1.classes[0], unused, all, 0), SL_E_CONFIG);
    ck_assert_str_eq(h.code, "select.path.unused");
    done();
    ck_assert_int_eq(th_open(&h, sluice_plugin_v1.classes[0], both, all, 0), SL_E_CONFIG);
    ck_assert_str_eq(h.code, "select.drop.kept");
    done();
}
END_TEST

/* ---- memory ---- */

START_TEST(every_allocation_may_fail)
{
    static const th_setting s[] = {SET("where", "id > 0 and s in ('a', 'b')"),
                                   SET("explode", "i"),
                                   SET("drop", "x.y"),
                                   RENAME("x", "z"),
                                   TYPE("i", "int"),
                                   SET("flatten", "true"),
                                   END};
    static const char in[] =
        "[{\"id\":1,\"s\":\"a\",\"i\":[1,\"2\"],\"x\":{\"y\":1,\"w\":{\"v\":2}}},"
        "{\"id\":2,\"s\":\"b\",\"i\":[\"x\"]},{\"id\":3,\"s\":\"c\"},"
        "{\"id\":4,\"s\":\"b\",\"i\":7,\"new\":1}]";
    static const char want[] = "{\"id\":1,\"s\":\"a\",\"i\":1,\"z_w_v\":2}\n"
                               "{\"id\":1,\"s\":\"a\",\"i\":2,\"z_w_v\":2}\n"
                               "{\"id\":4,\"s\":\"b\",\"i\":7,\"new\":1}\n";

    for (uint64_t n = 1;; n++) {
        int met;

        if (th_open(&h, sluice_plugin_v1.classes[0], s, all, n) == SL_OK) {
            ck_assert_int_eq(th_push_json(&h, in), SL_OK);
            ck_assert_str_eq(th_text(&h), want);
            ck_assert_uint_eq(h.nrejects, 1);
            ck_assert_uint_eq(h.used, 2);
            ck_assert_uint_eq(h.filtered, 1);
        }
        met = h.memory.calls >= h.memory.fail_at;
        done();
        if (!met)
            break;
        ck_assert_uint_lt(n, 1000);
    }
}
END_TEST

SUITE("select", keep_takes_fields_in_its_order_under_their_last_key, keep_gives_fields_new_names,
      keep_copies_values_of_every_type_and_length, keep_may_name_a_record_and_what_is_in_it,
      rules_work_below_a_kept_record, drop_leaves_out_fields_at_any_depth_and_keeps_the_rest,
      rename_changes_the_key_only, flatten_joins_names_and_leaves_arrays,
      flatten_goes_as_deep_as_told_with_the_separator_given, flatten_works_on_kept_and_typed_fields,
      a_flattened_key_over_the_limit_sends_the_record_to_the_dead_letters,
      explode_gives_a_row_for_each_element, explode_reaches_into_elements_under_their_new_name,
      explode_drops_records_without_elements_when_told,
      a_bad_element_takes_the_whole_record_to_the_dead_letters,
      exploding_makes_several_batches_and_stops_at_the_limit, where_compares_numbers_of_all_kinds,
      where_compares_text_bools_and_times, where_knows_like,
      where_treats_missing_and_other_types_as_unknown, where_binds_and_before_or,
      where_alone_selects_without_copying, where_hands_on_the_batch_itself_when_all_rows_pass,
      casts_to_int_lose_nothing, casts_to_other_numbers_take_text_and_numbers,
      casts_to_string_print_values, casts_to_times_read_text_and_epochs,
      the_dead_letter_names_field_value_and_type, a_failed_cast_can_give_null,
      many_bad_rows_are_all_rejected_and_the_good_ones_keep_their_order,
      mistakes_in_where_are_shown_at_their_place, deep_and_long_conditions_are_refused,
      mistakes_in_other_settings_are_shown_at_their_place, settings_without_effect_are_mistakes,
      every_allocation_may_fail)
