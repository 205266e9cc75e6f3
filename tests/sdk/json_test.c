/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/sdk/json_test.c - small JSON documents, written and read strictly.
 */
#include "sdk/lib/json.h"

#include <stdio.h>
#include <string.h>

#include "tests/lib/fail_mem.h"
#include "tests/lib/suite.h"

static sl_mem *mem;

static char *take(sl_json *j)
{
    char *text = sl_json_take(j, NULL);

    ck_assert_ptr_nonnull(text);
    return text;
}

static sl_json_doc *read(const char *text, size_t len)
{
    char *exact = malloc(len ? len : 1); /* so that a sanitizer sees a read past the end */
    sl_json_doc *doc = NULL;
    sl_error err;
    sl_status rc;

    ck_assert_ptr_nonnull(exact);
    memcpy(exact, text, len);
    rc = sl_json_read(mem, exact, len, &doc, &err);
    free(exact);
    ck_assert(rc == SL_OK || rc == SL_E_DATA);
    return rc == SL_OK ? doc : NULL;
}

static void begin(void)
{
    mem = sl_mem_new(NULL, NULL, "test", 0);
    ck_assert_ptr_nonnull(mem);
}

static void end(void)
{
    ck_assert_uint_eq(sl_mem_used(mem), 0);
    sl_mem_drop(mem);
}

START_TEST(written_on_one_line)
{
    sl_json j;
    char *text;

    begin();
    sl_json_init(&j, mem, 0);
    sl_json_object(&j, NULL);
    sl_json_text(&j, "a", "x");
    sl_json_array(&j, "b");
    sl_json_int(&j, NULL, -3);
    sl_json_uint(&j, NULL, UINT64_MAX);
    sl_json_bool(&j, NULL, 1);
    sl_json_null(&j, NULL);
    sl_json_end(&j);
    sl_json_object(&j, "c");
    sl_json_end(&j);
    sl_json_end(&j);

    text = take(&j);

    ck_assert_str_eq(text, "{\"a\":\"x\",\"b\":[-3,18446744073709551615,true,null],\"c\":{}}");
    sl_mem_free(text);
    end();
}
END_TEST

START_TEST(written_with_indent)
{
    sl_json j;
    char *text;

    begin();
    sl_json_init(&j, mem, 2);
    sl_json_object(&j, NULL);
    sl_json_array(&j, "a");
    sl_json_int(&j, NULL, 1);
    sl_json_end(&j);
    sl_json_end(&j);

    text = take(&j);

    ck_assert_str_eq(text, "{\n  \"a\": [\n    1\n  ]\n}");
    sl_mem_free(text);
    end();
}
END_TEST

START_TEST(text_is_escaped_and_always_utf8)
{
    sl_json j;
    char *text;

    begin();
    sl_json_init(&j, mem, 0);
    sl_json_textn(&j, NULL, "q\"b\\n\n\x01\x7f\xff\xc3\xa4\xed\xa0\x80\0z", 16);

    text = take(&j);

    ck_assert_str_eq(text, "\"q\\\"b\\\\n\\n\\u0001\\u007f\xef\xbf\xbd\xc3\xa4"
                           "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\\u0000z\"");
    sl_mem_free(text);
    end();
}
END_TEST

START_TEST(left_open_or_too_deep_gives_nothing)
{
    sl_json j;

    begin();
    sl_json_init(&j, mem, 0);
    sl_json_object(&j, NULL);
    ck_assert_ptr_null(sl_json_take(&j, NULL));
    sl_json_init(&j, mem, 0);
    for (uint32_t i = 0; i < SL_JSON_DEPTH + 1; i++)
        sl_json_array(&j, NULL);
    for (uint32_t i = 0; i < SL_JSON_DEPTH + 1; i++)
        sl_json_end(&j);
    ck_assert_ptr_null(sl_json_take(&j, NULL));
    end();
}
END_TEST

START_TEST(document_is_read_into_a_tree)
{
    static const char text[] = " { \"a\" : [ 1 , -2.5e+3, \"\\u00e4\\ud83d\\ude00\\n\" ] ,\"b\":{},"
                               "\"t\":true,\"f\":false,\"n\":null } ";
    const sl_json_node *root;
    const sl_json_node *a;
    sl_json_doc *doc;

    begin();

    doc = read(text, sizeof text - 1);

    ck_assert_ptr_nonnull(doc);
    root = sl_json_root(doc);
    ck_assert_uint_eq(root->type, SL_JSON_OBJECT);
    ck_assert_uint_eq(root->count, 5);
    a = sl_json_get(root, "a");
    ck_assert_uint_eq(a->count, 3);
    ck_assert_str_eq(a->child->text, "1");
    ck_assert_str_eq(a->child->next->text, "-2.5e+3");
    ck_assert_str_eq(a->child->next->next->text, "\xc3\xa4\xf0\x9f\x98\x80\n");
    ck_assert_uint_eq(sl_json_get(root, "t")->count, 1);
    ck_assert_uint_eq(sl_json_get(root, "f")->count, 0);
    ck_assert_uint_eq(sl_json_get(root, "n")->type, SL_JSON_NULL);
    ck_assert_ptr_null(sl_json_get(root, "z"));
    sl_json_free(doc);
    end();
}
END_TEST

START_TEST(numbers_are_read_only_when_whole_and_in_range)
{
    static const char text[] =
        "{\"a\":12,\"b\":-1,\"c\":1.0,\"d\":\"12\",\"e\":18446744073709551616}";
    const sl_json_node *root;
    sl_json_doc *doc;

    begin();
    doc = read(text, sizeof text - 1);
    root = sl_json_root(doc);

    ck_assert_uint_eq(sl_json_get_uint(root, "a", 12, 7), 12);
    ck_assert_uint_eq(sl_json_get_uint(root, "a", 11, 7), 7);
    ck_assert_uint_eq(sl_json_get_uint(root, "b", 99, 7), 7);
    ck_assert_uint_eq(sl_json_get_uint(root, "c", 99, 7), 7);
    ck_assert_uint_eq(sl_json_get_uint(root, "d", 99, 7), 7);
    ck_assert_uint_eq(sl_json_get_uint(root, "e", UINT64_MAX, 7), 7);
    ck_assert_uint_eq(sl_json_get_uint(root, "z", UINT64_MAX, 7), 7);
    sl_json_free(doc);
    end();
}
END_TEST

START_TEST(what_is_not_json_is_refused)
{
    static const char *const texts[] = {
        "",
        " ",
        "{",
        "[",
        "]",
        "{]",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "01",
        "-",
        "1.",
        ".5",
        "1e",
        "+1",
        "tru",
        "nul",
        "True",
        "NaN",
        "'a'",
        "\"a",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\",
        "\"\t\"",
        "\"\xff\"",
        "1 1",
        "{} x",
        "[1]]",
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\ud800\\u0041\"",
        "{\"a\":1,\"a\":2}",
        "{\"a\\u0000b\":1}",
        "\xef\xbb\xbf{}",
        "/* */ 1",
        "[1}",
        "{\"a\" 1}",
    };

    begin();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        ck_assert_msg(!read(texts[i], strlen(texts[i])), "accepted: %s", texts[i]);
    end();
}
END_TEST

START_TEST(nesting_is_read_up_to_the_limit)
{
    char text[2 * SL_JSON_DEPTH + 3];
    sl_json_doc *doc;

    begin();
    memset(text, '[', SL_JSON_DEPTH);
    memset(text + SL_JSON_DEPTH, ']', SL_JSON_DEPTH);
    doc = read(text, 2 * SL_JSON_DEPTH);
    ck_assert_ptr_nonnull(doc);
    sl_json_free(doc);
    memset(text, '[', SL_JSON_DEPTH + 1);
    memset(text + SL_JSON_DEPTH + 1, ']', SL_JSON_DEPTH + 1);
    ck_assert_ptr_null(read(text, 2 * SL_JSON_DEPTH + 2));
    end();
}
END_TEST

START_TEST(error_tells_the_place)
{
    sl_json_doc *doc;
    sl_error err;

    begin();

    ck_assert_int_eq(sl_json_read(mem, "[1, x]", 6, &doc, &err), SL_E_DATA);

    ck_assert_str_eq(err.code, "json.syntax");
    ck_assert_ptr_nonnull(strstr(err.text, "byte 4"));
    end();
}
END_TEST

START_TEST(cut_and_damaged_documents_end_in_an_error_or_a_tree)
{
    static const char text[] = "{\"a\":[1,\"\\u00e4\\ud83d\\ude00\",{\"b\":null}],\"c\":-1.5e3}";
    char other[sizeof text];
    uint32_t seed = 99;

    begin();
    for (size_t len = 0; len < sizeof text - 1; len++)
        ck_assert_ptr_null(read(text, len));
    for (uint32_t i = 0; i < 20000; i++) {
        memcpy(other, text, sizeof text);
        seed = seed * 1103515245u + 12345u;
        other[(seed >> 8) % (sizeof text - 1)] = (char)(seed >> 24);
        sl_json_free(read(other, sizeof text - 1));
    }
    end();
}
END_TEST

START_TEST(short_memory_is_an_error_at_every_allocation)
{
    static const char text[] = "{\"a\":[1,\"b\"]}";
    sl_status rc = SL_E_NOMEM;

    for (uint64_t n = 2; rc != SL_OK; n++) {
        sl_json_doc *doc = NULL;
        fail_mem source;
        sl_error err;
        sl_mem *failing;
        char *out;
        sl_json j;

        fail_mem_init(&source, n);
        failing = sl_mem_new(&source.source, NULL, "failing", 0);
        rc = sl_json_read(failing, text, sizeof text - 1, &doc, &err);
        ck_assert(rc == SL_OK || rc == SL_E_NOMEM);
        sl_json_free(doc);
        sl_json_init(&j, failing, 0);
        sl_json_text(&j, NULL, "x");
        out = sl_json_take(&j, NULL);
        sl_mem_free(out);
        sl_mem_drop(failing);
        ck_assert_int_eq(source.blocks, 0);
    }
}
END_TEST

SUITE("json", written_on_one_line, written_with_indent, text_is_escaped_and_always_utf8,
      left_open_or_too_deep_gives_nothing, document_is_read_into_a_tree,
      numbers_are_read_only_when_whole_and_in_range, what_is_not_json_is_refused,
      nesting_is_read_up_to_the_limit, error_tells_the_place,
      cut_and_damaged_documents_end_in_an_error_or_a_tree,
      short_memory_is_an_error_at_every_allocation)
