/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/engine/conform_test.c - the stock plugins keep the rules that every class must keep.
 *
 * Each class is put through slc_conform with the settings that it needs, from the modules of this
 * build. A module that was left out of the build is passed over.
 */
#include <sluice/check.h>

#include "tests/lib/suite.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifndef MODULES
#define MODULES "modules"
#endif

static const struct {
    const char *module;
    const char *what;
    const char *settings; /* %s is a folder of the test's own */
} classes[] = {
    {"csv", "decode: csv", "header: true"},
    {"file", "source: file", "path: \"%s/*.json\""},
    {"generate", "source: generate", "rows: 100"},
    {"json", "decode: json", ""},
    {"json", "encode: json", ""},
    {"json", "transform: json", "to: \"%s/json\""},
    {"lines", "decode: lines", ""},
    {"local", "sink: local", "table: \"%s/json\""},
    {"null", "sink: null", ""},
    {"parquet", "transform: parquet", "to: \"%s/parquet\""},
    {"select", "transform: select", "{keep: [a], where: a > 0}"},
    {"select", "transform: select", "{flatten: true}"},
};

static char folder[] = "/tmp/sl-conform-XXXXXX";

static void setup(void)
{
    char path[64];
    FILE *file;

    (void)setenv("SLUICE_PLUGIN_PATH", MODULES, 1);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/in.json", folder);
    file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    (void)fputs("{\"a\":1}\n{\"a\":2}\n", file);
    (void)fclose(file);
}

static void teardown(void)
{
    char command[64];

    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}

static int is_built(const char *module)
{
    char path[512];

    (void)snprintf(path, sizeof path, "%s/%s.so", MODULES, module);
    return access(path, R_OK) == 0;
}

/* TEXT with the folder in the place of %s. */
static const char *with_folder(const char *text)
{
    static char out[256];
    const char *at = strstr(text, "%s");

    if (!at)
        return text;
    (void)snprintf(out, sizeof out, "%.*s%s%s", (int)(at - text), text, folder, at + 2);
    return out;
}

START_TEST(stock_classes_conform)
{
    char *text;

    setup();
    if (!is_built(classes[_i].module)) {
        (void)printf("passed over: %s\n", classes[_i].what);
    } else {
        text = slc_conform(classes[_i].what, with_folder(classes[_i].settings));
        ck_assert_msg(!text, "%s: %s", classes[_i].what, text);
    }
    teardown();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("conform");
    TCase *tcase = tcase_create("all");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, stock_classes_conform, 0, (int)(sizeof classes / sizeof *classes));
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
