/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/plugins/csv/writer_test.c - the files that the csv writer makes.
 *
 * On the file framework's own fake host, with real files below it.
 */
#include "plugins/csv/decode.h"
#include "plugins/writer/lib/writer.h"
#include "tests/lib/suite.h"
#include "tests/plugins/writer/fake_host.h"

#include <stdio.h>
#include <zstd.h>

#define CALL ((sl_call *)(void *)&call_mark)

static int call_mark;
static sl_instance *writer;

static void settings(void)
{
    char to[128];

    (void)snprintf(to, sizeof to, "%s/t/", fake.folder);
    fake_set("to", to);
    fake_set("open_files", "4");
    fake_set("buffer", "268435456");
    fake_set("header", "1");
    fake_set("delimiter", ",");
    fake_set("quote", "\"");
    fake_set("level", "3");
}

/* Do it until it works: a call that failed is made again, as the host does. */
#define INSIST(call)                                                                               \
    do {                                                                                           \
        int tries_ = 0;                                                                            \
        while ((call) < 0)                                                                         \
            ck_assert_int_lt(tries_++, 3);                                                         \
    } while (0)

static void start(void)
{
    INSIST(sl_csv_writer.create(&fake_table, NULL, NULL, &writer));
    INSIST(sl_files_open(writer, NULL));
}

static void stop(void)
{
    sl_files_close(writer);
    sl_files_destroy(writer);
}

/* Takes BATCH. */
static void give(sl_batch *batch)
{
    INSIST(sl_files_ops.process(writer, CALL, 0, batch));
    fake_table.rows->unref(batch);
}

static void checkpoint(uint64_t n)
{
    void *token = NULL;
    uint64_t len = 0;

    INSIST(sl_files_prepare(writer, NULL, n, &token, &len));
    INSIST(sl_files_commit(writer, NULL, token, len));
    fake_table.release(token);
}

/* One batch: a and b, where B is not NULL. */
static sl_batch *row_of(int64_t a, const char *b)
{
    sl_builder *rows = fake_rows();

    if (b)
        fake_row(rows, "i:a", a, "s:b", b, NULL);
    else
        fake_row(rows, "i:a", a, NULL);
    return fake_batch(rows, 1, 0, 1);
}

/* The content of the only file. */
static const char *only_file(void)
{
    static char name[256];
    const char *files = fake_files();

    (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(files, " "), files);
    ck_assert_str_eq(files + strlen(name), " ");
    return fake_read(name);
}

START_TEST(a_file_is_a_header_and_rows)
{
    fake_begin();
    settings();
    start();

    give(row_of(1, "x,y"));
    give(row_of(2, NULL));
    checkpoint(1);

    ck_assert_ptr_nonnull(strstr(fake_files(), ".csv "));
    ck_assert_str_eq(only_file(), "a,b\n1,\"x,y\"\n2,\n");
    ck_assert_uint_eq(fake.used, 2);
    ck_assert_uint_eq(fake.nemitted, 1);
    stop();
    fake_end();
}
END_TEST

START_TEST(a_key_that_the_file_has_no_column_for_is_a_dead_letter)
{
    fake_begin();
    settings();
    start();

    give(row_of(1, NULL));
    give(row_of(2, "x"));
    give(row_of(3, NULL));
    checkpoint(1);

    ck_assert_str_eq(only_file(), "a\n1\n3\n");
    ck_assert_uint_eq(fake.rejected, 1);
    ck_assert_str_eq(fake.reject_code, "csv.column");
    ck_assert_ptr_nonnull(strstr(fake.reject_why, "the field b"));
    stop();
    fake_end();
}
END_TEST

START_TEST(each_file_takes_its_columns_from_its_first_record)
{
    fake_begin();
    settings();
    start();

    give(row_of(1, NULL));
    checkpoint(1);
    give(row_of(2, "x"));
    checkpoint(2);

    ck_assert_uint_eq(fake.rejected, 0);
    ck_assert_uint_eq(fake.nemitted, 2);
    stop();
    fake_end();
}
END_TEST

START_TEST(partitions_have_files_and_columns_of_their_own)
{
    fake_begin();
    settings();
    fake_list("partition", "a", NULL);
    start();

    give(row_of(1, NULL));
    give(row_of(2, "x"));
    give(row_of(1, NULL));
    give(row_of(2, "y"));
    checkpoint(1);

    ck_assert_uint_eq(fake.rejected, 0);
    ck_assert_ptr_nonnull(strstr(fake_files(), "t/a=1/"));
    ck_assert_ptr_nonnull(strstr(fake_files(), "t/a=2/"));
    ck_assert_uint_eq(fake.used, 4);
    stop();
    fake_end();
}
END_TEST

START_TEST(given_columns_choose_fields_in_all_files)
{
    fake_begin();
    settings();
    fake_list("columns", "b", "z", NULL);
    start();

    give(row_of(1, "x"));
    give(row_of(2, NULL));
    checkpoint(1);

    ck_assert_str_eq(only_file(), "b,z\nx,\n,\n");
    ck_assert_uint_eq(fake.rejected, 0);
    stop();
    fake_end();
}
END_TEST

START_TEST(zstd_files_are_one_frame)
{
    static char text[4096];
    const char *packed;
    size_t n;

    fake_begin();
    settings();
    fake_set("compress", "zstd");
    start();

    give(row_of(1, "x"));
    checkpoint(1);

    ck_assert_ptr_nonnull(strstr(fake_files(), ".csv.zst "));
    packed = only_file();
    n = ZSTD_findFrameCompressedSize(packed, 64);
    ck_assert(!ZSTD_isError(n));
    n = ZSTD_decompress(text, sizeof text - 1, packed, n);
    ck_assert(!ZSTD_isError(n));
    text[n] = 0;
    ck_assert_str_eq(text, "a,b\n1,x\n");
    stop();
    fake_end();
}
END_TEST

/* Rows of all files, which each begin with the header. */
static uint32_t count_rows(void)
{
    char *files = strdup(fake_files());
    uint32_t n = 0;

    ck_assert_ptr_nonnull(files);
    for (char *name = strtok(files, " "); name; name = strtok(NULL, " ")) {
        const char *text = fake_read(name);

        ck_assert_int_eq(strncmp(text, "a,b\n", 4), 0);
        for (text += 4; *text; text = strchr(text, '\n') + 1) {
            ck_assert_int_eq(strncmp(text + 1, ",\"x\"\"y\"\n", 8), 0);
            n++;
        }
    }
    free(files);
    return n;
}

START_TEST(any_allocation_may_fail_once_and_no_row_is_lost)
{
    int met = 1;

    for (uint64_t n = 1; met; n++) {
        fake_begin();
        settings();
        fake.alloc_fail_at = n;
        start();
        for (int64_t i = 0; i < 3; i++)
            give(row_of(i, "x\"y"));
        checkpoint(1);
        met = fake.allocs >= n;

        ck_assert_uint_eq(count_rows(), 3);
        ck_assert_uint_eq(fake.used, 3);
        stop();
        fake_end();
    }
}
END_TEST

SUITE("csv writer", a_file_is_a_header_and_rows,
      a_key_that_the_file_has_no_column_for_is_a_dead_letter,
      each_file_takes_its_columns_from_its_first_record,
      partitions_have_files_and_columns_of_their_own, given_columns_choose_fields_in_all_files,
      zstd_files_are_one_frame, any_allocation_may_fail_once_and_no_row_is_lost)
