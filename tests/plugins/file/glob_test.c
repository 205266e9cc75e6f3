/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/plugins/file/glob_test.c - which names and files a pattern matches.
 */
#include "plugins/file/glob.h"
#include "tests/lib/suite.h"
#include "tests/plugins/file/fixture.h"

#include <stdio.h>

static char found[1024];

static sl_status note(void *arg, const char *path)
{
    size_t len = strlen(found);

    (void)arg;
    (void)snprintf(found + len, sizeof found - len, "%s;", path + strlen(fix.folder) + 1);
    return SL_OK;
}

static sl_status look(const char *pattern)
{
    char path[256];

    found[0] = 0;
    (void)snprintf(path, sizeof path, "%s/%s", fix.folder, pattern);
    return sl_glob_each(fixture_host(), NULL, fixture_os(), path, 1, note, NULL);
}

START_TEST(one_part_is_matched_like_a_shell_does)
{
    static const struct {
        const char *pattern;
        const char *name;
        int fits;
    } cases[] = {
        {"*.json", "a.json", 1}, {"*.json", "a.json.gz", 0},
        {"*", ".hidden", 0},     {".*", ".hidden", 1},
        {"a?c", "abc", 1},       {"a?c", "ac", 0},
        {"[a-c]x", "bx", 1},     {"[!a-c]x", "bx", 0},
        {"[!a-c]x", "dx", 1},    {"*a*b*c", "xxayybzzc", 1},
        {"*a*b*c", "xxaybz", 0}, {"[]]x", "]x", 1},
        {"[x", "[x", 1},         {"", "", 1},
        {"**", "any", 1},        {"a[.]b", "a.b", 1},
        {"abc", "ab", 0},        {"ab", "abc", 0},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_msg(sl_glob_match(cases[i].pattern, cases[i].name) == cases[i].fits, "%s %s",
                      cases[i].pattern, cases[i].name);
}
END_TEST

START_TEST(many_stars_do_not_take_exponential_time)
{
    static char name[5001];

    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = 0;

    ck_assert_int_eq(sl_glob_match("*a*a*a*a*a*a*a*a*a*a*a*a*b", name), 0);
}
END_TEST

START_TEST(files_come_sorted_and_folders_do_not_count)
{
    fixture_open(0);
    (void)fixture_file("b.log", "", 0);
    (void)fixture_file("a.log", "", 0);
    (void)fixture_file("c.log/x", "", 0);

    ck_assert_int_eq(look("*.log"), SL_OK);

    ck_assert_str_eq(found, "a.log;b.log;");
    fixture_close();
}
END_TEST

START_TEST(two_stars_stand_for_any_folders)
{
    fixture_open(0);
    (void)fixture_file("top.json", "", 0);
    (void)fixture_file("a/one.json", "", 0);
    (void)fixture_file("a/b/two.json", "", 0);
    (void)fixture_file("a/b/two.txt", "", 0);

    ck_assert_int_eq(look("**/*.json"), SL_OK);
    ck_assert_str_eq(found, "top.json;a/one.json;a/b/two.json;");

    ck_assert_int_eq(look("a/*/*.json"), SL_OK);
    ck_assert_str_eq(found, "a/b/two.json;");
    fixture_close();
}
END_TEST

START_TEST(a_path_without_wildcards_is_given_unseen)
{
    fixture_open(0);

    ck_assert_int_eq(look("not there"), SL_OK);

    ck_assert_str_eq(found, "not there;");
    fixture_close();
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    sl_status rc = SL_E_NOMEM;

    for (uint64_t n = 1; rc == SL_E_NOMEM; n++) {
        fixture_open(0);
        (void)fixture_file("a/one.json", "", 0);
        (void)fixture_file("b/two.json", "", 0);
        fix.memory.calls = 0;
        fix.memory.fail_at = n;
        rc = look("**/*.json");
        ck_assert(rc == SL_E_NOMEM || rc == SL_OK);
        fix.memory.fail_at = 0;
        fixture_close();
    }
}
END_TEST

SUITE("glob", one_part_is_matched_like_a_shell_does, many_stars_do_not_take_exponential_time,
      files_come_sorted_and_folders_do_not_count, two_stars_stand_for_any_folders,
      a_path_without_wildcards_is_given_unseen, every_allocation_may_fail)
