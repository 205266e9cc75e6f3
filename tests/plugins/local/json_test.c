/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/plugins/local/json_test.c - JSON of the catalog: there and back, damage, failing memory.
 */
#include "plugins/local/json.h"

#include <stdio.h>

#include "tests/lib/suite.h"
#include "tests/plugins/writer/fake_host.h"

static jbuf buffer(void)
{
    jbuf b = {.host = &fake_table};

    return b;
}

/* Read TEXT and write it again; NULL when it is refused. Freed by the next call. */
static const char *again(const char *text)
{
    static char out[512];
    jbuf values = buffer();
    jbuf back = buffer();
    int is_fine;

    json_read(&values, text, strlen(text));
    is_fine = values.status == SL_OK;
    if (is_fine) {
        sl_val v;

        ck_assert_ptr_eq(sl_val_skip(values.data), values.data + values.len);
        (void)sl_val_read(values.data, &v);
        json_value(&back, &v);
        ck_assert_uint_lt(back.len, sizeof out);
        memcpy(out, back.data, back.len);
        out[back.len] = 0;
    }
    jbuf_free(&values);
    jbuf_free(&back);
    return is_fine ? out : NULL;
}

START_TEST(values_come_back_as_they_were)
{
    static const char *const same[] = {
        "null",
        "true",
        "false",
        "0",
        "-1",
        "9223372036854775807",
        "-9223372036854775808",
        "1.5",
        "\"\"",
        "\"a b\"",
        "[]",
        "{}",
        "[1,[2,{\"a\":null}],\"x\"]",
        "{\"a\":{\"b\":[true]},\"a\":1}",
        "\"\\u0001\\n\\\"\\\\\"",
        "\"\xe2\x82\xac\"",
    };

    fake_begin();
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        ck_assert_str_eq(again(same[i]), same[i]);
    ck_assert_str_eq(again(" { \"a\" : [ 1 , 2 ] } \n"), "{\"a\":[1,2]}");
    ck_assert_str_eq(again("\"\\u20ac\\ud83d\\ude00\\/\""), "\"\xe2\x82\xac\xf0\x9f\x98\x80/\"");
    ck_assert_str_eq(again("9223372036854775808"), "9223372036854776000"); /* as a double */
    fake_end();
}
END_TEST

START_TEST(malformed_text_is_refused)
{
    static const char *const wrong[] = {
        "",
        " ",
        "nul",
        "tru",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "{",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1,}",
        "{a:1}",
        "\"",
        "\"\n\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\ud800\"",
        "\"\\ud800\\u0041\"",
        "\"\\udc00\"",
        "\"\xff\"",
        "1 2",
        "-",
        "1.",
        "01",
        "+1",
        "1e",
        "[1]]",
        "--1",
        "1-1",
    };
    char deep[400];

    fake_begin();
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_msg(!again(wrong[i]), "%s", wrong[i]);
    memset(deep, '[', sizeof deep - 1);
    deep[sizeof deep - 1] = 0;
    ck_assert_ptr_null(again(deep));
    fake_end();
}
END_TEST

START_TEST(a_cut_text_is_refused_at_every_place)
{
    static const char text[] = "{\"a\":[1,-2.5e3,\"x\\u20acy\",true,null],\"b\":{\"c\":false}}";
    char cut[sizeof text];

    fake_begin();
    for (size_t n = 0; n + 1 < sizeof text; n++) {
        memcpy(cut, text, n);
        cut[n] = 0;
        ck_assert_msg(!again(cut), "%s", cut);
    }
    ck_assert_ptr_nonnull(again(text));
    fake_end();
}
END_TEST

START_TEST(what_json_lacks_is_told_as_text)
{
    static const struct {
        const char *raw;
        uint64_t len;
        const char *text;
    } values[] = {
        {"\xc4\x02\x01\xff", 4, "\"01ff\""},
        {"\xd6\xff\x00\x00\x00\x01", 6, "\"1970-01-01T00:00:01Z\""},
        {"\xd6\x03\x00\x00\x00\x01", 6, "\"1970-01-02\""},
        {"\xc7\x03\x01\x00\x02\x7b", 6, "1.23"},
        {"\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00", 9, "null"},
        {"\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00", 9, "null"},
    };

    fake_begin();
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        jbuf b = buffer();
        sl_val v;

        (void)sl_val_read((const uint8_t *)values[i].raw, &v);
        json_value(&b, &v);
        jbuf_raw(&b, "", 1);
        ck_assert_str_eq((const char *)b.data, values[i].text);
        jbuf_free(&b);
    }
    fake_end();
}
END_TEST

SUITE("json of the catalog", values_come_back_as_they_were, malformed_text_is_refused,
      a_cut_text_is_refused_at_every_place, what_json_lacks_is_told_as_text)
