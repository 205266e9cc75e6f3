/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/engine/config_diag_test.c - diagnostics: order, carets, hiding, JSON, suggestions.
 */
#include <stdio.h>

#include "sdk/lib/json.h"
#include "tests/engine/graph_world.h"

static sl_place place(const world *w, const char *part)
{
    const char *at = strstr(w->file->bytes, part);
    sl_place p = {w->file, 0, (uint32_t)strlen(part)};

    ck_assert_ptr_nonnull(at);
    p.at = (uint32_t)(at - w->file->bytes);
    return p;
}

static void world_text(world *w, const char *text)
{
    world_init(w);
    w->file = sl_text_file_new(w->mem, "a.yaml", text, strlen(text));
}

static void expect_text(world *w, const char *want)
{
    char *got = sl_diags_text(w->diags, 0);

    ck_assert_str_eq(got, want);
    sl_mem_free(got);
}

START_TEST(carets_stand_under_the_exact_text)
{
    world w;

    world_text(&w, "one\n  two: three\n");
    sl_diag(w.diags, SL_DIAG_ERROR, "a.b", place(&w, "three"), "no %s", "good");
    sl_diag_hint(w.diags, "did you mean \"%s\"?", "four");
    sl_diag_note(w.diags, "a note");

    expect_text(&w, "error[a.b]: no good\n --> a.yaml:2:8\n  |\n2 |   two: three\n"
                    "  |        ^^^^^ did you mean \"four\"?\n  = a note\n");
    world_fini(&w);
}
END_TEST

START_TEST(carets_count_columns_of_the_screen)
{
    world w;

    world_text(&w, "\tx\xe6\x97\xa5 e\xcc\x81 bad\n");
    sl_diag(w.diags, SL_DIAG_ERROR, "a.b", place(&w, "bad"), "no");

    expect_text(&w, "error[a.b]: no\n --> a.yaml:1:8\n  |\n"
                    "1 |     x\xe6\x97\xa5 e\xcc\x81 bad\n  |           ^^^\n");
    world_fini(&w);
}
END_TEST

START_TEST(a_place_over_several_lines_is_shown_on_its_first)
{
    world w;

    world_text(&w, "a: b\nc: d\n");
    sl_diag(w.diags, SL_DIAG_WARNING, "a.b", place(&w, "b\nc: d"), "no");

    expect_text(&w, "warning[a.b]: no\n --> a.yaml:1:4\n  |\n1 | a: b\n  |    ^\n");
    world_fini(&w);
}
END_TEST

START_TEST(a_place_past_the_end_is_shown_at_the_end)
{
    world w;
    sl_place p;

    world_text(&w, "abc");
    p = (sl_place){w.file, 900, 50};
    sl_diag(w.diags, SL_DIAG_ERROR, "a.b", p, "no");

    expect_text(&w, "error[a.b]: no\n --> a.yaml:1:4\n  |\n1 | abc\n  |    ^\n");
    world_fini(&w);
}
END_TEST

START_TEST(mistakes_are_sorted_by_place_and_said_once)
{
    world w;

    world_text(&w, "first second\n");
    sl_diag(w.diags, SL_DIAG_ERROR, "a.b", place(&w, "second"), "two");
    sl_diag(w.diags, SL_DIAG_ERROR, "a.b", place(&w, "first"), "one");
    sl_diag(w.diags, SL_DIAG_ERROR, "a.b", place(&w, "second"), "two again");
    sl_diag_hint(w.diags, "lost with it");
    sl_diag(w.diags, SL_DIAG_ERROR, "a.b", (sl_place){0}, "nowhere");

    expect_text(&w, "error[a.b]: nowhere\n\nerror[a.b]: one\n --> a.yaml:1:1\n  |\n"
                    "1 | first second\n  | ^^^^^\n\nerror[a.b]: two\n --> a.yaml:1:7\n  |\n"
                    "1 | first second\n  |       ^^^^^^\n");
    ck_assert_uint_eq(sl_diags_count(w.diags, SL_DIAG_ERROR), 3);
    world_fini(&w);
}
END_TEST

START_TEST(of_many_mistakes_errors_are_shown_first_and_the_rest_is_counted)
{
    world w;
    char *got;
    uint32_t shown = 0;

    world_text(&w, "x\n");
    for (uint32_t i = 0; i < 30; i++)
        sl_diag(w.diags, SL_DIAG_WARNING, "a.warning", (sl_place){0}, "w%u", i);
    for (uint32_t i = 0; i < 15; i++)
        sl_diag(w.diags, SL_DIAG_ERROR, "a.error", (sl_place){0}, "e%u", i);

    got = sl_diags_text(w.diags, 0);

    for (const char *at = got; (at = strstr(at, "[a.error]")) != NULL; at++)
        shown++;
    ck_assert_uint_eq(shown, 15);
    ck_assert_ptr_nonnull(strstr(got, "w4"));
    ck_assert_ptr_null(strstr(got, "w5"));
    ck_assert_ptr_nonnull(strstr(got, "… and 25 more"));
    sl_mem_free(got);
    world_fini(&w);
}
END_TEST

START_TEST(no_text_of_a_user_can_steer_a_terminal)
{
    world w;
    char *got;

    world_text(&w, "a: \x1b[31m\xc2\x9b"
                   "31m \xe2\x80\xae evil\n");
    sl_diag(w.diags, SL_DIAG_ERROR, "a.b", place(&w, "evil"), "not \"%s\"", "\x1b[2J\n\xc2\x9bm");

    got = sl_diags_text(w.diags, 0);

    ck_assert_ptr_null(strchr(got, 0x1b));
    ck_assert_ptr_null(strstr(got, "\xc2\x9b"));
    ck_assert_ptr_null(strstr(got, "\xe2\x80\xae"));
    ck_assert_ptr_nonnull(strstr(got, "not \"\\x1b[2J\\x0a\\xc2"));
    sl_mem_free(got);
    world_fini(&w);
}
END_TEST

START_TEST(hidden_bytes_are_stars_in_every_message)
{
    world w;
    char *got;

    world_text(&w, "a: secret, b: open\n");
    sl_diags_hide(w.diags, place(&w, "secret"));
    sl_diag(w.diags, SL_DIAG_ERROR, "a.b", place(&w, "open"), "no");

    got = sl_diags_text(w.diags, 1);

    ck_assert_ptr_nonnull(strstr(got, "a: ******, b: open"));
    sl_mem_free(got);
    world_fini(&w);
}
END_TEST

START_TEST(a_long_line_is_shown_around_the_caret)
{
    char text[3000];
    world w;
    char *got;

    memset(text, 'x', sizeof(text));
    memcpy(text + 1500, " wrong ", 7);
    text[sizeof(text) - 1] = 0;
    world_text(&w, text);
    sl_diag(w.diags, SL_DIAG_ERROR, "a.b", place(&w, "wrong"), "no");

    got = sl_diags_text(w.diags, 0);

    ck_assert_uint_lt(strlen(got), 350);
    ck_assert_ptr_nonnull(strstr(got, "a.yaml:1:1502"));
    ck_assert_ptr_nonnull(strstr(got, " wrong "));
    sl_mem_free(got);
    world_fini(&w);
}
END_TEST

START_TEST(a_message_that_is_too_long_is_cut_at_a_character)
{
    char text[3000];
    world w;
    char *got;

    for (size_t i = 0; i + 2 < sizeof(text); i += 2)
        memcpy(text + i, "\xc3\xa4", 3);
    world_text(&w, "x");
    sl_diag(w.diags, SL_DIAG_ERROR, "a.b", (sl_place){0}, "a%s", text);

    got = sl_diags_text(w.diags, 0);

    ck_assert_ptr_nonnull(strstr(got, "\xc3\xa4…\n"));
    sl_mem_free(got);
    world_fini(&w);
}
END_TEST

START_TEST(json_tells_all_that_the_text_tells)
{
    world w;
    char *got;
    sl_json_doc *doc = NULL;
    sl_error err;
    const sl_json_node *first;

    world_text(&w, "\xc3\xa4\nb: \"c\"\n");
    sl_diag(w.diags, SL_DIAG_ERROR, "a.b", place(&w, "\"c\""), "no \"c\"");
    sl_diag_hint(w.diags, "d");
    sl_diag_note(w.diags, "one");
    sl_diag_note(w.diags, "two");
    sl_diag(w.diags, SL_DIAG_WARNING, "c.d", (sl_place){0}, "nowhere");

    got = sl_diags_json(w.diags);

    ck_assert_int_eq(sl_json_read(w.mem, got, strlen(got), &doc, &err), SL_OK);
    ck_assert_uint_eq(sl_json_root(doc)->count, 2);
    first = sl_json_root(doc)->child->next;
    ck_assert_str_eq(sl_json_get_text(first, "severity", ""), "error");
    ck_assert_str_eq(sl_json_get_text(first, "text", ""), "no \"c\"");
    ck_assert_str_eq(sl_json_get_text(first, "file", ""), "a.yaml");
    ck_assert_uint_eq(sl_json_get_uint(first, "line", 99, 0), 2);
    ck_assert_uint_eq(sl_json_get_uint(first, "column", 99, 0), 4);
    ck_assert_uint_eq(sl_json_get_uint(first, "end_column", 99, 0), 7);
    ck_assert_uint_eq(sl_json_get_uint(first, "at", 99, 0), 6);
    ck_assert_uint_eq(sl_json_get(first, "notes")->count, 2);
    sl_json_free(doc);
    sl_mem_free(got);
    world_fini(&w);
}
END_TEST

START_TEST(no_mistakes_print_as_nothing)
{
    world w;
    char *got;

    world_text(&w, "");
    expect_text(&w, "");
    got = sl_diags_json(w.diags);

    ck_assert_str_eq(got, "[]");
    sl_mem_free(got);
    world_fini(&w);
}
END_TEST

typedef struct meant {
    const char *word;
    const char *best;
} meant;

START_TEST(a_suggestion_is_near_or_not_made)
{
    static const char *const words[] = {"stream", "region", "start", "to", "fan_out"};
    static const meant cases[] = {
        {"steam", "stream"},  {"straem", "stream"},    {"STREAM", "stream"}, {"strm", "stream"},
        {"stm", NULL},        {"star", "start"},       {"reg", NULL},        {"t", NULL},
        {"ot", NULL},         {"fanout", "fan_out"},   {"stream", NULL},     {"", NULL},
        {"regoin", "region"}, {"fan-outs", "fan_out"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *got = sl_suggest(cases[i].word, words, 5);

        ck_assert_msg(got == cases[i].best ||
                          (got && cases[i].best && strcmp(got, cases[i].best) == 0),
                      "\"%s\": %s", cases[i].word, got ? got : "nothing");
    }
}
END_TEST

SUITE("diag", carets_stand_under_the_exact_text, carets_count_columns_of_the_screen,
      a_place_over_several_lines_is_shown_on_its_first, a_place_past_the_end_is_shown_at_the_end,
      mistakes_are_sorted_by_place_and_said_once,
      of_many_mistakes_errors_are_shown_first_and_the_rest_is_counted,
      no_text_of_a_user_can_steer_a_terminal, hidden_bytes_are_stars_in_every_message,
      a_long_line_is_shown_around_the_caret, a_message_that_is_too_long_is_cut_at_a_character,
      json_tells_all_that_the_text_tells, no_mistakes_print_as_nothing,
      a_suggestion_is_near_or_not_made)
