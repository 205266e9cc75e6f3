/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/engine/config_values_test.c - settings: types, bounds, defaults, secrets, and the getters.
 *
 * All on the class widget, which has a setting of every type.
 */
#include "tests/engine/graph_world.h"

/* Check TEXT against widget; the settings, or NULL when something is wrong. */
static sl_config *check(world *w, const char *text)
{
    sl_config *cfg = NULL;
    sl_status rc;

    world_init(w);
    rc = sl_config_from_text(&w->env, w->mem, &fake_widget, text, w->diags, &cfg);
    ck_assert_int_eq(rc == SL_OK, cfg != NULL);
    ck_assert_int_eq(rc == SL_OK, sl_diags_count(w->diags, SL_DIAG_ERROR) == 0);
    return cfg;
}

static void done(world *w, sl_config *cfg)
{
    sl_config_free(cfg);
    world_fini(w);
}

/* ---- values -------------------------------------------------------------------------------------
 */

START_TEST(what_is_not_written_has_its_default)
{
    world w;
    sl_config *cfg = check(&w, "");

    ck_assert_int_eq(sl_config_int(cfg, "size"), 65536);
    ck_assert_int_eq(sl_config_int(cfg, "time"), INT64_C(90000000000));
    ck_assert_str_eq(sl_config_text(cfg, "color"), "green");
    ck_assert_int_eq(sl_config_int(cfg, "color"), 1);
    ck_assert_str_eq(sl_config_text(cfg, "text"), "");
    ck_assert_uint_eq(sl_config_count(cfg, "list"), 2);
    ck_assert_int_eq(sl_config_int(cfg, "list.1"), 2);
    ck_assert_int_eq(sl_config_int(cfg, "group.count"), 7);
    ck_assert_uint_eq(sl_config_count(cfg, "group"), 0);
    ck_assert_uint_eq(sl_config_count(cfg, "map"), 0);
    ck_assert_int_eq(sl_config_int(cfg, "whole"), 0);
    ck_assert_uint_eq(sl_config_count(cfg, "whole"), 0);
    ck_assert_uint_eq(sl_config_count(cfg, "size"), 1);
    world_expect_none(&w);
    done(&w, cfg);
}
END_TEST

START_TEST(a_default_stands_in_no_file)
{
    world w;
    sl_config *cfg = check(&w, "whole: 3\n");

    ck_assert_ptr_null(sl_config_place(cfg, "list", 0, 0).file);
    ck_assert_ptr_null(sl_config_place(cfg, "list.0", 0, 0).file);
    ck_assert_ptr_null(sl_config_place(cfg, "size", 0, 0).file);
    ck_assert_ptr_nonnull(sl_config_place(cfg, "whole", 0, 0).file);
    done(&w, cfg);
}
END_TEST

START_TEST(every_type_is_read_as_its_user_wrote_it)
{
    world w;
    sl_config *cfg = check(&w, "flag: true\nwhole: -5\nreal: 2.5\ntext: no\nsize: 1.5 MiB\n"
                               "time: 250ms\ncolor: blue\nlist: [ 3, 0x10, 0o17 ]\n"
                               "map: { a.b: x, c: 5 }\ngroup: { name: n, count: 2 }\n"
                               "groups: [ { name: one }, { name: two, count: 9 } ]\n"
                               "path: a/b\nurl: s3://bucket/key\nexpr: a > 1\n"
                               "field: a.\"b.c\".d\n");
    const sl_config *item;
    const char *key = NULL;

    ck_assert_ptr_nonnull(cfg);
    ck_assert_int_eq(sl_config_int(cfg, "flag"), 1);
    ck_assert_int_eq(sl_config_int(cfg, "whole"), -5);
    ck_assert_double_eq(sl_config_float(cfg, "real"), 2.5);
    ck_assert_double_eq(sl_config_float(cfg, "whole"), -5.0);
    ck_assert_str_eq(sl_config_text(cfg, "text"), "no");
    ck_assert_int_eq(sl_config_int(cfg, "size"), 1572864);
    ck_assert_int_eq(sl_config_int(cfg, "time"), 250000000);
    ck_assert_int_eq(sl_config_int(cfg, "color"), 2);
    ck_assert_int_eq(sl_config_int(cfg, "list.1"), 16);
    ck_assert_int_eq(sl_config_int(cfg, "list.2"), 15);
    ck_assert_str_eq(sl_config_text(cfg, "map.a.b"), "x");
    item = sl_config_item(cfg, "map", 1, &key);
    ck_assert_str_eq(key, "c");
    ck_assert_str_eq(sl_config_text(item, ""), "5");
    ck_assert_str_eq(sl_config_text(cfg, "group.name"), "n");
    ck_assert_uint_eq(sl_config_count(cfg, "group"), 2);
    ck_assert_uint_eq(sl_config_count(cfg, "groups"), 2);
    item = sl_config_item(cfg, "groups", 0, NULL);
    ck_assert_str_eq(sl_config_text(item, "name"), "one");
    ck_assert_int_eq(sl_config_int(item, "count"), 7);
    ck_assert_int_eq(sl_config_int(cfg, "groups.1.count"), 9);
    ck_assert_ptr_null(sl_config_item(cfg, "groups", 2, NULL));
    ck_assert_str_eq(sl_config_text(cfg, "field"), "a.\"b.c\".d");
    done(&w, cfg);
}
END_TEST

START_TEST(one_value_stands_for_a_list_of_one)
{
    world w;
    sl_config *cfg = check(&w, "list: 5\ngroups: { name: alone }\n");

    ck_assert_uint_eq(sl_config_count(cfg, "list"), 1);
    ck_assert_int_eq(sl_config_int(sl_config_item(cfg, "list", 0, NULL), ""), 5);
    ck_assert_str_eq(sl_config_text(cfg, "groups.0.name"), "alone");
    done(&w, cfg);
}
END_TEST

START_TEST(items_of_a_group_are_those_that_were_written)
{
    world w;
    sl_config *cfg = check(&w, "whole: 5\ncolor: red\n");
    const char *key = NULL;

    ck_assert_uint_eq(sl_config_count(cfg, ""), 2);
    ck_assert_ptr_nonnull(sl_config_item(cfg, "", 1, &key));
    ck_assert_str_eq(key, "color");
    ck_assert_ptr_null(sl_config_item(cfg, "", 2, &key));
    done(&w, cfg);
}
END_TEST

START_TEST(getters_of_what_is_not_there_give_nothing)
{
    world w;
    sl_config *cfg = check(&w, "list: [ 1 ]\n");

    ck_assert_int_eq(sl_config_int(cfg, "none"), 0);
    ck_assert_str_eq(sl_config_text(cfg, "none.at.all"), "");
    ck_assert_str_eq(sl_config_text(cfg, "list.9"), "");
    ck_assert_str_eq(sl_config_text(cfg, "list.x"), "");
    ck_assert_str_eq(sl_config_text(cfg, "list."), "");
    ck_assert_uint_eq(sl_config_count(cfg, "list.0.x"), 0);
    ck_assert_ptr_null(sl_config_item(cfg, "whole", 0, NULL));
    done(&w, cfg);
}
END_TEST

START_TEST(an_old_name_warns_and_counts_as_the_new_one)
{
    world w;
    sl_config *cfg = check(&w, "old_text: hello\n");

    ck_assert_str_eq(sl_config_text(cfg, "text"), "hello");
    ck_assert_uint_eq(sl_diags_count(w.diags, SL_DIAG_WARNING), 1);
    world_expect(&w, "config.setting.deprecated", "old_text");
    done(&w, cfg);
}
END_TEST

/* ---- mistakes
 * ------------------------------------------------------------------------------------ */

typedef struct mistake {
    const char *text;
    const char *code;
    const char *under;
} mistake;

static const mistake mistakes[] = {
    {"flag: yes\n", "config.setting.type", "yes"},
    {"flag: 1\n", "config.setting.type", "1"},
    {"flag: [ true ]\n", "config.setting.type", "[ true ]"},
    {"whole: 1.5\n", "config.setting.type", "1.5"},
    {"whole: 99999999999999999999\n", "config.setting.type", "99999999999999999999"},
    {"whole: 101\n", "config.setting.range", "101"},
    {"whole: -6\n", "config.setting.range", "-6"},
    {"whole: ''\n", "config.setting.type", "''"},
    {"real: 0.4\n", "config.setting.range", "0.4"},
    {"real: many\n", "config.setting.type", "many"},
    {"size: 1023\n", "config.setting.range", "1023"},
    {"size: 2GiB\n", "config.setting.range", "2GiB"},
    {"size: 64 parsecs\n", "config.setting.type", "64 parsecs"},
    {"size: -1\n", "config.setting.type", "-1"},
    {"time: 5\n", "config.setting.type", "5"},
    {"color: Green\n", "config.setting.choice", "Green"},
    {"color: ''\n", "config.setting.choice", "''"},
    {"list: []\n", "config.setting.range", "[]"},
    {"list: [ 1, 2, 3, 4 ]\n", "config.setting.range", "[ 1, 2, 3, 4 ]"},
    {"list: [ 1, x ]\n", "config.setting.type", "x"},
    {"list: { a: 1 }\n", "config.setting.type", "{ a: 1 }"},
    {"map: [ a ]\n", "config.setting.type", "[ a ]"},
    {"map: { a: [ b ] }\n", "config.setting.type", "[ b ]"},
    {"group: 5\n", "config.setting.type", "5"},
    {"group: { count: 5 }\n", "config.setting.missing", "{ count: 5 }"},
    {"group: { name: a, size: 5 }\n", "config.setting.unknown", "size"},
    {"groups: [ { name: a }, { count: 5 } ]\n", "config.setting.missing", "{ count: 5 }"},
    {"path: ''\n", "config.setting.type", "''"},
    {"url: \"://x\"\n", "config.setting.type", "\"://x\""},
    {"url: \"1s3://x\"\n", "config.setting.type", "\"1s3://x\""},
    {"field: a..b\n", "config.setting.type", "a..b"},
    {"field: 'a.\"b'\n", "config.setting.type", "'a.\"b'"},
    {"field: a.\n", "config.setting.type", "a."},
    {"text: ~\n", "config.setting.empty", "~"},
    {"none: 1\n", "config.setting.unknown", "none"},
    {"text: a\nold_text: b\n", NULL, NULL},
    {"- a\n", "config.setting.type", "- a"},
    {"password: hunter2\n", "config.setting.secret", "hunter2"},
    {"text: \"${var:x}\"\n", "config.var.unknown", "${var:x}"},
};

START_TEST(a_mistake_is_said_once_at_its_place)
{
    const mistake *m = &mistakes[_i];
    world w;
    sl_config *cfg = check(&w, m->text);

    ck_assert_ptr_null(cfg);
    if (m->code)
        world_expect(&w, m->code, m->under);
    else
        ck_assert_ptr_nonnull(world_find(&w, "config.setting.twice"));
    done(&w, cfg);
}
END_TEST

START_TEST(all_mistakes_come_at_once)
{
    world w;
    sl_config *cfg = check(&w, "flag: maybe\nwhole: 1000\nnone: 5\nlist: [ a, b ]\n");

    ck_assert_ptr_null(cfg);
    ck_assert_uint_eq(sl_diags_count(w.diags, SL_DIAG_ERROR), 5);
    done(&w, cfg);
}
END_TEST

/* ---- secrets
 * ------------------------------------------------------------------------------------- */

START_TEST(a_secret_in_the_file_is_never_shown)
{
    world w;
    sl_config *cfg = check(&w, "{ text: a, password: \"hunter2 and more\", whole: x }\n");
    char *text = sl_diags_text(w.diags, 0);
    char *json = sl_diags_json(w.diags);

    ck_assert_ptr_nonnull(strstr(text, "password: ***"));
    ck_assert_ptr_null(strstr(text, "hunter2"));
    ck_assert_ptr_null(strstr(json, "hunter2"));
    sl_mem_free(text);
    sl_mem_free(json);
    done(&w, cfg);
}
END_TEST

START_TEST(a_secret_by_reference_is_taken)
{
    world w;
    sl_config *cfg;

    (void)setenv("SLUICE_TEST_SECRET", "hunter2", 1);
    cfg = check(&w, "password: \"${env:SLUICE_TEST_SECRET}\"\n");

    ck_assert_str_eq(sl_config_text(cfg, "password"), "hunter2");
    ck_assert(sl_config_find(cfg, "password")->flags & SL_CONFIG_SECRET);
    world_expect_none(&w);
    done(&w, cfg);
}
END_TEST

START_TEST(the_place_of_a_setting_is_found_within_its_value)
{
    world w;
    sl_config *cfg = check(&w, "expr: \"price \\u003e  wrong\"\nlist:\n  - 1\n  - 2\n");
    sl_place p = sl_config_place(cfg, "expr", 9, 5);

    ck_assert_uint_eq(p.len, 5);
    ck_assert_mem_eq(p.file->bytes + p.at, "wrong", 5);
    p = sl_config_place(cfg, "list.1", 0, 0);
    ck_assert_mem_eq(p.file->bytes + p.at, "2", 1);
    p = sl_config_place(cfg, "expr", 0, 0);
    ck_assert_uint_eq(p.at, 6);
    done(&w, cfg);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("values");
    TCase *tcase = tcase_create("all");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tcase, what_is_not_written_has_its_default);
    tcase_add_test(tcase, a_default_stands_in_no_file);
    tcase_add_test(tcase, every_type_is_read_as_its_user_wrote_it);
    tcase_add_test(tcase, one_value_stands_for_a_list_of_one);
    tcase_add_test(tcase, items_of_a_group_are_those_that_were_written);
    tcase_add_test(tcase, getters_of_what_is_not_there_give_nothing);
    tcase_add_test(tcase, an_old_name_warns_and_counts_as_the_new_one);
    tcase_add_loop_test(tcase, a_mistake_is_said_once_at_its_place, 0,
                        (int)(sizeof(mistakes) / sizeof(*mistakes)));
    tcase_add_test(tcase, all_mistakes_come_at_once);
    tcase_add_test(tcase, a_secret_in_the_file_is_never_shown);
    tcase_add_test(tcase, a_secret_by_reference_is_taken);
    tcase_add_test(tcase, the_place_of_a_setting_is_found_within_its_value);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
