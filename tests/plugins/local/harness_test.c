/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/plugins/local/harness_test.c - the catalog and a writer before it, on the real host table.
 *
 * The modules come from SLUICE_PLUGIN_PATH, as everywhere; without one the build's own are taken.
 */
#include <sluice/check.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/suite.h"

static char folder[64];

static void setup(void)
{
    snprintf(folder, sizeof folder, "/tmp/sluice-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    if (!getenv("SLUICE_PLUGIN_PATH"))
        ck_assert_int_eq(setenv("SLUICE_PLUGIN_PATH", "modules", 1), 0);
}

static void clean(void)
{
    char command[96];

    snprintf(command, sizeof command, "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

/* How many files stand in the folder NAME below the test's, whose names end in END. */
static int count(const char *name, const char *end)
{
    char path[128];
    struct dirent *e;
    int n = 0;
    DIR *dir;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    dir = opendir(path);
    if (!dir)
        return 0;
    while ((e = readdir(dir)) != NULL) {
        size_t len = strlen(e->d_name);

        n += len > strlen(end) && !strcmp(e->d_name + len - strlen(end), end);
    }
    closedir(dir);
    return n;
}

/* A file record for file NAME. */
static void push_record(slc *h, const char *name)
{
    char json[512];

    snprintf(json, sizeof json,
             "[{\"table\":\"%s/t\",\"file\":\"%s\",\"rows\":3,\"bytes\":30,\"schema\":[],"
             "\"partition_fields\":[],\"format\":\"parquet\"}]",
             folder, name);
    ck_assert_int_eq(slc_push_json(h, json), SL_OK);
}

START_TEST(the_catalog_keeps_the_rules_of_a_class)
{
    char settings[128];
    char *broken;

    setup();
    snprintf(settings, sizeof settings, "table: %s/t\n", folder);

    broken = slc_conform("sink: local", settings);

    ck_assert_msg(!broken, "%s", broken);
    clean();
}
END_TEST

START_TEST(each_checkpoint_with_files_adds_one_version)
{
    slc *h;

    setup();
    h = slc_new("sink: local", NULL);
    ck_assert_ptr_null(slc_problem(h));

    push_record(h, "a.parquet");
    ck_assert(slc_barrier(h));
    ck_assert(slc_barrier(h));
    push_record(h, "b.parquet");
    ck_assert(slc_end(h));

    ck_assert_int_eq(count("t/_sluice", ".json"), 2);
    ck_assert_int_eq(count("t/_sluice", ".part"), 0);
    ck_assert_uint_eq(slc_free(h), 0);
    clean();
}
END_TEST

START_TEST(a_version_survives_a_crash_before_its_commit)
{
    slc *h;

    setup();
    h = slc_new("sink: local", NULL);
    push_record(h, "a.parquet");
    push_record(h, "b.parquet");

    ck_assert(slc_crash_and_restore(h));
    push_record(h, "c.parquet");
    ck_assert_msg(slc_end(h), "%s", slc_problem(h));

    ck_assert_int_eq(count("t/_sluice", ".json"), 2);
    ck_assert_int_eq(count("t/_sluice", ".part"), 0);
    ck_assert_uint_eq(slc_free(h), 0);
    clean();
}
END_TEST

START_TEST(files_survive_a_crash_before_their_commit)
{
    char settings[128];
    slc *h;

    setup();
    snprintf(settings, sizeof settings, "to: %s/t\n", folder);
    h = slc_new("transform: json", settings);
    ck_assert_int_eq(slc_push_json(h, "[{\"a\":1},{\"a\":2}]"), SL_OK);

    ck_assert(slc_crash_and_restore(h));
    ck_assert_int_eq(count("t", ".ndjson"), 1);
    ck_assert_int_eq(slc_push_json(h, "[{\"a\":3}]"), SL_OK);
    ck_assert_msg(slc_end(h), "%s", slc_problem(h));

    ck_assert_int_eq(count("t", ".ndjson"), 2);
    ck_assert_int_eq(count("t", ".part"), 0);
    ck_assert_uint_eq(slc_rows(h, 0), 2);
    ck_assert_uint_eq(slc_free(h), 0);
    clean();
}
END_TEST

SUITE("local on the host", the_catalog_keeps_the_rules_of_a_class,
      each_checkpoint_with_files_adds_one_version, a_version_survives_a_crash_before_its_commit,
      files_survive_a_crash_before_their_commit)
