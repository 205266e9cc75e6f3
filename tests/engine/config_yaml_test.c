/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/engine/config_yaml_test.c - YAML as a tree: strictness, limits, and places to the byte.
 */
#include <stdio.h>

#include "tests/engine/graph_world.h"

/* ---- types ------------------------------------------------------------------------------------
 */

typedef struct typed {
    const char *text;
    uint32_t type;
} typed;

START_TEST(plain_scalars_have_the_types_of_the_core_schema)
{
    static const typed cases[] = {
        {"", SL_YAML_NULL},       {"~", SL_YAML_NULL},          {"null", SL_YAML_NULL},
        {"true", SL_YAML_BOOL},   {"FALSE", SL_YAML_BOOL},      {"yes", SL_YAML_TEXT},
        {"no", SL_YAML_TEXT},     {"on", SL_YAML_TEXT},         {"off", SL_YAML_TEXT},
        {"y", SL_YAML_TEXT},      {"12:30", SL_YAML_TEXT},      {"0", SL_YAML_INT},
        {"-17", SL_YAML_INT},     {"+3", SL_YAML_INT},          {"0x1F", SL_YAML_INT},
        {"0o17", SL_YAML_INT},    {"0o18", SL_YAML_TEXT},       {"0x", SL_YAML_TEXT},
        {"1_000", SL_YAML_TEXT},  {"1.5", SL_YAML_FLOAT},       {"-.5", SL_YAML_FLOAT},
        {"1.", SL_YAML_FLOAT},    {".", SL_YAML_TEXT},          {"1e3", SL_YAML_FLOAT},
        {"1e", SL_YAML_TEXT},     {"1e+", SL_YAML_TEXT},        {".inf", SL_YAML_FLOAT},
        {"-.INF", SL_YAML_FLOAT}, {".nan", SL_YAML_FLOAT},      {"-", SL_YAML_TEXT},
        {"0b1", SL_YAML_TEXT},    {"2026-01-01", SL_YAML_TEXT}, {"Null ", SL_YAML_TEXT}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        ck_assert_msg(sl_yaml_scalar_type(cases[i].text, strlen(cases[i].text)) == cases[i].type,
                      "\"%s\"", cases[i].text);
}
END_TEST

START_TEST(quotes_make_text)
{
    world w;
    const sl_yaml *root;

    world_init(&w);
    root = world_yaml(&w, "a: \"5\"\nb: 'true'\nc: |\n  null\nd: 5\n");

    ck_assert_uint_eq(sl_yaml_get(root, "a")->type, SL_YAML_TEXT);
    ck_assert_uint_eq(sl_yaml_get(root, "b")->type, SL_YAML_TEXT);
    ck_assert_uint_eq(sl_yaml_get(root, "c")->type, SL_YAML_TEXT);
    ck_assert_uint_eq(sl_yaml_get(root, "d")->type, SL_YAML_INT);
    world_expect_none(&w);
    world_fini(&w);
}
END_TEST

START_TEST(digits_behind_a_zero_are_refused_unless_quoted)
{
    world w;

    world_init(&w);
    (void)world_yaml(&w, "a: \"007\"\nb: 0\nc: 0o7\nd: 0.5\ne: -0777\n");

    world_expect(&w, "config.yaml.octal", "-0777");
    world_fini(&w);
}
END_TEST

/* ---- what is refused ---------------------------------------------------------------------------
 */

typedef struct refused {
    const char *text;
    const char *code;
    const char *under;
} refused;

static const refused refusals[] = {
    {"a: 1\nb: 2\na: 3\n", "config.yaml.twice", "a"},
    {"{ x: 1, 'x': 2 }", "config.yaml.twice", "'x'"},
    {"a: 1\n---\nb: 2\n", "config.yaml.documents", "---"},
    {"a: !!int 5\n", "config.yaml.tag", "!"},
    {"a: !mine 5\n", "config.yaml.tag", "!"},
    {"? [ a, b ]\n: c\n", "config.yaml.key", "[ a, b ]"},
    {"\"\": c\n", "config.yaml.key", "\"\""},
    {"a: *none\n", "config.yaml.alias", "*none"},
    {"a: &x [ 1, *x ]\n", "config.yaml.alias", "*x"},
    {"a: { <<: 5 }\n", "config.yaml.merge", "5"},
    {"a: { <<: [ { b: 1 }, c ] }\n", "config.yaml.merge", "c"},
    {"a: \"\\0\"\n", "config.yaml.nul", "\"\\0\""},
    {"a: \x01\n", "config.yaml.control", "\x01"},
    {"a: b\x7f\n", "config.yaml.control", "\x7f"},
    {"\xc3\xa4: \xff\n", "config.yaml.utf8", "\xff"},
    {"a: \xed\xa0\x80\n", "config.yaml.utf8", "\xed"},
    {"a: [ 1, 2\n", "config.yaml.syntax", ""},
    {"\xc3\xa4: 'x\n", "config.yaml.syntax", "'"},
    {"a: b: c\n", "config.yaml.syntax", ":"},
    {"a:\n\t- b\n", "config.yaml.syntax", "\t"},
    {"a: %x\n", "config.yaml.syntax", "%"},
};

START_TEST(what_is_not_strict_is_refused_at_its_place)
{
    const refused *r = &refusals[_i];
    world w;

    world_init(&w);
    (void)world_yaml(&w, r->text);

    world_expect(&w, r->code, r->under);
    world_fini(&w);
}
END_TEST

static char *repeat(const char *head, const char *part, uint32_t n, const char *tail)
{
    size_t len = strlen(part);
    char *text = malloc(strlen(head) + len * n + strlen(tail) + 1);
    char *at = text;

    ck_assert_ptr_nonnull(text);
    at = stpcpy(at, head);
    for (uint32_t i = 0; i < n; i++)
        at = stpcpy(at, part);
    (void)strcpy(at, tail);
    return text;
}

START_TEST(nesting_is_bounded)
{
    world w;
    char *good = repeat("", "[", SL_YAML_DEPTH_MAX, "");
    char *text = repeat(good, "]", SL_YAML_DEPTH_MAX, "\n");
    char *deep = repeat("", "[", SL_YAML_DEPTH_MAX + 1, "");

    world_init(&w);
    ck_assert_ptr_nonnull(world_yaml(&w, text));
    world_expect_none(&w);
    sl_text_file_unref(w.file);
    (void)world_yaml(&w, deep);

    world_expect(&w, "config.yaml.depth", "[");
    world_fini(&w);
    free(good);
    free(text);
    free(deep);
}
END_TEST

START_TEST(aliases_of_aliases_are_bounded)
{
    char text[2048] = "a0: &a0 [ x, x, x, x, x, x, x, x, x, x ]\n";
    size_t len = strlen(text);
    world w;

    for (uint32_t i = 1; i < 10; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len,
                                "a%u: &a%u [ *a%u, *a%u, *a%u, *a%u, *a%u, *a%u, *a%u, *a%u ]\n", i,
                                i, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    world_init(&w);

    (void)world_yaml(&w, text);

    ck_assert_ptr_nonnull(world_find(&w, "config.yaml.size"));
    ck_assert_uint_lt(sl_mem_peak(w.mem), 1u << 20);
    world_fini(&w);
}
END_TEST

START_TEST(merges_of_merges_are_bounded)
{
    static char text[8192];
    size_t len = 0;
    world w;

    len += (size_t)snprintf(text, sizeof(text), "m0: &m0 {");
    for (uint32_t i = 0; i < 100; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, " k%u: 1,", i);
    len += (size_t)snprintf(text + len, sizeof(text) - len, " z: 1 }\n");
    for (uint32_t i = 1; i < 60; i++)
        len +=
            (size_t)snprintf(text + len, sizeof(text) - len,
                             "m%u: &m%u { <<: [ *m%u, *m%u ], n%u: 1 }\n", i, i, i - 1, i - 1, i);
    world_init(&w);

    (void)world_yaml(&w, text);

    ck_assert_ptr_nonnull(world_find(&w, "config.yaml.size"));
    world_fini(&w);
}
END_TEST

START_TEST(anchors_are_bounded)
{
    char *text = malloc(1 << 16);
    size_t len = 0;
    world w;

    for (uint32_t i = 0; i <= SL_YAML_ANCHOR_MAX; i++)
        len += (size_t)snprintf(text + len, (1 << 16) - len, "- &a%u x\n", i);
    world_init(&w);

    (void)world_yaml(&w, text);

    ck_assert_ptr_nonnull(world_find(&w, "config.yaml.anchor"));
    world_fini(&w);
    free(text);
}
END_TEST

START_TEST(many_equal_keys_cost_no_more_than_sorting)
{
    char *text = repeat("", "a: 1\n", 100000, "");
    world w;

    world_init(&w);
    (void)world_yaml(&w, text);

    ck_assert_uint_eq(sl_diags_count(w.diags, SL_DIAG_ERROR), 99999);
    world_fini(&w);
    free(text);
}
END_TEST

/* ---- maps ---------------------------------------------------------------------------------------
 */

START_TEST(merge_keys_give_what_is_not_there_already)
{
    world w;
    const sl_yaml *root;
    const sl_yaml *c;

    world_init(&w);
    root = world_yaml(&w, "a: &a { x: 1, y: 2 }\nb: &b { y: 3, z: 4 }\n"
                          "c: { <<: [ *a, *b ], x: 9 }\n");
    c = sl_yaml_get(root, "c");

    ck_assert_uint_eq(c->count, 3);
    ck_assert_str_eq(sl_yaml_get(c, "x")->text, "9");
    ck_assert_str_eq(sl_yaml_get(c, "y")->text, "2");
    ck_assert_str_eq(sl_yaml_get(c, "z")->text, "4");
    ck_assert_ptr_null(sl_yaml_get(c, "<<"));
    ck_assert_str_eq(c->items->key->text, "x");
    world_expect_none(&w);
    world_fini(&w);
}
END_TEST

START_TEST(a_quoted_merge_key_is_a_key)
{
    world w;
    const sl_yaml *root;

    world_init(&w);
    root = world_yaml(&w, "\"<<\": 5\n");

    ck_assert_str_eq(sl_yaml_get(root, "<<")->text, "5");
    world_fini(&w);
}
END_TEST

START_TEST(every_key_of_a_big_map_is_found)
{
    char *text = malloc(1 << 16);
    size_t len = 0;
    const sl_yaml *root;
    world w;

    for (uint32_t i = 0; i < 1000; i++)
        len += (size_t)snprintf(text + len, (1 << 16) - len, "key%u: %u\n", i * 7919 % 1000, i);
    world_init(&w);
    root = world_yaml(&w, text);

    for (uint32_t i = 0; i < 1000; i++) {
        char key[32];
        char value[32];

        (void)snprintf(key, sizeof(key), "key%u", i * 7919 % 1000);
        (void)snprintf(value, sizeof(value), "%u", i);
        ck_assert_str_eq(sl_yaml_get(root, key)->text, value);
    }
    ck_assert_ptr_null(sl_yaml_get(root, "key"));
    ck_assert_ptr_null(sl_yaml_get(root, "key1000"));
    world_fini(&w);
    free(text);
}
END_TEST

/* ---- places -------------------------------------------------------------------------------------
 */

START_TEST(places_count_bytes_not_characters)
{
    const char *text =
        "\xc3\xa4\xc3\xb6: [ \xf0\x9f\x98\x80, \"\xe6\x97\xa5\xe6\x9c\xac\" ]\nnext: x\n";
    const sl_yaml *root;
    const sl_yaml *second;
    world w;

    world_init(&w);
    root = world_yaml(&w, text);
    second = root->items->value->items->next->value;

    ck_assert_ptr_eq(text + second->at, strstr(text, "\""));
    ck_assert_uint_eq(second->len, 8);
    ck_assert_ptr_eq(text + sl_yaml_find(root, "next")->key->at, strstr(text, "next"));
    world_fini(&w);
}
END_TEST

START_TEST(places_are_exact_in_a_file_longer_than_the_step_of_the_marks)
{
    char *text = malloc(1 << 16);
    size_t len = 0;
    const sl_yaml *root;
    world w;

    for (uint32_t i = 0; i < 500; i++)
        len +=
            (size_t)snprintf(text + len, (1 << 16) - len, "k%u: \xc3\xa4%u # \xe2\x82\xac\n", i, i);
    world_init(&w);
    root = world_yaml(&w, text);

    for (const sl_yaml_item *i = root->items; i; i = i->next) {
        ck_assert_mem_eq(text + i->key->at, i->key->text, i->key->text_len);
        ck_assert_uint_eq(i->value->len, i->value->text_len);
        ck_assert_mem_eq(text + i->value->at, i->value->text, i->value->text_len);
    }
    world_fini(&w);
    free(text);
}
END_TEST

static const char *const scalars[] = {
    "k: plain text\n",
    "k: plain text   # with a comment\n",
    "k: plain text\n  over several\n  lines\n\n  and a blank one\n",
    "k: 'it''s quoted ''twice'''\n",
    "k: 'folded\n  over  \n\n   lines'\n",
    "k: \"with \\\"escapes\\\" \\u00e4 \\x41 and \\ttabs\"\n",
    "k: \"folded \\\n    without a blank\n  and with\"\n",
    "k: \"\\L\\P\\N\\_\\U0001F600 end\"\n",
    "k: |\n  a literal\n    more indented\n\n  block\n",
    "k: |-\n  no end\n",
    "k: |+\n  all ends\n\n\n",
    "k: |2\n    leading blanks\n  stay\n",
    "k: |\n\n\n  blank lines first\n",
    "k: >\n  folded lines\n  are joined\n\n  but not these\n",
    "k: >-\n  folded\n    more indented\n    twice\n  back\n",
    "k: >\n\n  blank line first\n  then text\n",
    "k: | # comment\n  text with ${var:x} in it\n",
    "k: &anchor 'anchored'\n",
    "k: &anchor |\n  anchored block\n",
    "k: &a\n  # comment\n  plain after its anchor\n",
    "k: |\r\n  with\r\n  carriage returns\r\n",
    "k: \xe6\x97\xa5\xe6\x9c\xac \xc3\xa4 \xf0\x9f\x98\x80 plain\n",
    "k: \"\xe6\x97\xa5 \\\" \xc3\xa4\"\n",
    "k: |\n  \xe6\x97\xa5\n  \xc3\xa4 end\n",
    "- - k: >2-\n      more\n       less\n",
};

/* Find the value of k wherever it stands. */
static const sl_yaml *find_k(const sl_yaml *node)
{
    while (node && node->kind == SL_YAML_LIST)
        node = node->items->value;
    return sl_yaml_get(node, "k");
}

START_TEST(every_byte_of_a_scalar_is_found_in_its_source)
{
    world w;
    const sl_yaml *k;
    uint32_t last = 0;

    world_init(&w);
    k = find_k(world_yaml(&w, scalars[_i]));
    ck_assert_ptr_nonnull(k);

    for (uint32_t i = 0; i < k->text_len; i++) {
        sl_place p = sl_yaml_text_place(k, i, 1);
        char c = k->text[i];
        char s = k->file->bytes[p.at];

        ck_assert_uint_ge(p.at, k->at);
        ck_assert_uint_le(p.at + p.len, k->at + k->len);
        ck_assert_uint_ge(p.at, last);
        last = p.at;
        if (c == ' ' || c == '\n')
            ck_assert_msg(s == ' ' || s == '\n' || s == '\r', "byte %u of %s is at '%c'", i,
                          scalars[_i], s);
        else if (s != '\\')
            ck_assert_msg(s == c, "byte %u ('%c') of %s is at '%c'", i, c, scalars[_i], s);
    }
    world_fini(&w);
}
END_TEST

START_TEST(words_within_scalars_are_found_whole)
{
    static const char *const words[][3] = {
        {"k: \"a \\\"b\\\" word\"\n", "word", "word"},
        {"k: |\n  first\n    second word\n  third\n", "second", "second"},
        {"k: >\n  first\n  second word\n\n  third\n", "word", "word"},
        {"k: 'it''s a word'\n", "it's", "it''s"},
        {"k: \"tab\\tword\"\n", "\tw", "\\tw"},
        {"k: \"euro \\u20ac word\"\n", "\xe2\x82\xac", "\\u20ac"},
        {"k: plain\n  and folded\n", "and", "and"},
    };
    const char *const *c = words[_i];
    const sl_yaml *k;
    const char *hit;
    sl_place p;
    world w;

    world_init(&w);
    k = find_k(world_yaml(&w, c[0]));
    hit = strstr(k->text, c[1]);
    ck_assert_ptr_nonnull(hit);

    p = sl_yaml_text_place(k, (uint32_t)(hit - k->text), (uint32_t)strlen(c[1]));

    ck_assert_msg(p.len == strlen(c[2]) && memcmp(w.file->bytes + p.at, c[2], p.len) == 0, "%.*s",
                  (int)p.len, w.file->bytes + p.at);
    world_fini(&w);
}
END_TEST

START_TEST(files_are_read_without_a_byte_order_mark_and_by_any_line_end)
{
    world w;
    const sl_yaml *root;

    world_init(&w);
    root = world_yaml(&w, "\xef\xbb\xbf"
                          "a: 1\r\nb: 2\r\n");

    world_expect_none(&w);
    ck_assert_str_eq(sl_yaml_get(root, "a")->text, "1");
    ck_assert_str_eq(sl_yaml_get(root, "b")->text, "2");
    ck_assert_uint_eq(sl_yaml_find(root, "b")->key->at, 9);
    world_expect_none(&w);
    world_fini(&w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("yaml");
    TCase *tcase = tcase_create("all");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, plain_scalars_have_the_types_of_the_core_schema);
    tcase_add_test(tcase, quotes_make_text);
    tcase_add_test(tcase, digits_behind_a_zero_are_refused_unless_quoted);
    tcase_add_loop_test(tcase, what_is_not_strict_is_refused_at_its_place, 0,
                        (int)(sizeof(refusals) / sizeof(*refusals)));
    tcase_add_test(tcase, nesting_is_bounded);
    tcase_add_test(tcase, aliases_of_aliases_are_bounded);
    tcase_add_test(tcase, merges_of_merges_are_bounded);
    tcase_add_test(tcase, anchors_are_bounded);
    tcase_add_test(tcase, many_equal_keys_cost_no_more_than_sorting);
    tcase_add_test(tcase, merge_keys_give_what_is_not_there_already);
    tcase_add_test(tcase, a_quoted_merge_key_is_a_key);
    tcase_add_test(tcase, every_key_of_a_big_map_is_found);
    tcase_add_test(tcase, places_count_bytes_not_characters);
    tcase_add_test(tcase, places_are_exact_in_a_file_longer_than_the_step_of_the_marks);
    tcase_add_loop_test(tcase, every_byte_of_a_scalar_is_found_in_its_source, 0,
                        (int)(sizeof(scalars) / sizeof(*scalars)));
    tcase_add_loop_test(tcase, words_within_scalars_are_found_whole, 0, 7);
    tcase_add_test(tcase, files_are_read_without_a_byte_order_mark_and_by_any_line_end);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
