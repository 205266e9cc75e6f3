/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/plugins/json/writer_test.c - files of JSON lines, plain and zstd.
 *
 * Runs the class on the host of the writers' tests. What is asked of every run, whatever fails:
 * each row is on exactly one line of a committed file.
 */
#include "plugins/json/json.h"
#include "tests/lib/suite.h"
#include "tests/plugins/writer/fake_host.h"

#include <stdio.h>
#include <zstd.h>

#define CALL       ((sl_call *)(void *)&fake)
#define TEXT_BYTES (64u << 20)

static sl_instance *writer;
static uint32_t next_id;

/* Do it until it works: a call that failed is made again, as the host does. */
#define INSIST(call)                                                                               \
    do {                                                                                           \
        int tries_ = 0;                                                                            \
        while ((call) < 0)                                                                         \
            ck_assert_int_lt(tries_++, 3);                                                         \
    } while (0)

static void start(const char *compress)
{
    char to[128];

    (void)snprintf(to, sizeof to, "%s/t/", fake.folder);
    fake_set("to", to);
    fake_set("open_files", "40");
    fake_set("buffer", "268435456");
    fake_set("compress", compress);
    fake_set("level", "3");
    next_id = 0;
    INSIST(sl_json_writer.create(&fake_table, NULL, NULL, &writer));
    INSIST(sl_json_writer.open(writer, NULL));
}

static void stop(void)
{
    sl_json_writer.close(writer);
    sl_json_writer.destroy(writer);
}

/* Hand over N rows with PAD bytes of text in each, in PARTS partitions. */
static void give(uint32_t n, size_t pad, uint32_t parts)
{
    const sl_transform_ops *ops = sl_json_writer.ops;
    char *text = malloc(pad + 1);
    sl_builder *b = fake_rows();
    sl_batch *batch;

    for (uint32_t i = 0; i < n; i++, next_id++) {
        for (size_t k = 0; k < pad; k++)
            text[k] = (char)('a' + (k * 7 + next_id + k / 13) % 26);
        text[pad] = 0;
        fake_row(b, "i:id", (int64_t)next_id, "s:text", text, "i:part", (int64_t)(next_id % parts),
                 NULL);
    }
    batch = fake_batch(b, 1, 0, 1);
    INSIST(ops->process(writer, CALL, 0, batch));
    fake_table.rows->unref(batch);
    free(text);
}

static void checkpoint(uint64_t n)
{
    void *token = NULL;
    uint64_t len = 0;

    INSIST(sl_json_writer.prepare(writer, CALL, n, &token, &len));
    INSIST(sl_json_writer.commit(writer, CALL, token, len));
    fake_table.release(token);
}

/* The content of file NAME as text, with a NUL behind it (give). */
static char *content(const char *name)
{
    char path[512];
    char *data = malloc(TEXT_BYTES);
    char *text = data;
    FILE *in;
    size_t n;

    (void)snprintf(path, sizeof path, "%s/%s", fake.folder, name);
    in = fopen(path, "rb");
    ck_assert_ptr_nonnull(in);
    n = fread(data, 1, TEXT_BYTES - 1, in);
    (void)fclose(in);
    if (strstr(name, ".ndjson.zst")) {
        ck_assert_uint_eq(ZSTD_findFrameCompressedSize(data, n), n); /* one frame, whole */
        text = malloc(TEXT_BYTES);
        n = ZSTD_decompress(text, TEXT_BYTES - 1, data, n);
        ck_assert(!ZSTD_isError(n));
        free(data);
    }
    text[n] = 0;
    return text;
}

/* Each of the rows is on one line of one file. Gives the number of files. */
static uint32_t check_rows(const char *suffix)
{
    char *files = strdup(fake_files());
    uint8_t *seen = calloc(next_id + 1, 1);
    uint32_t count = 0;
    uint32_t rows = 0;
    char *save = NULL;

    for (char *name = strtok_r(files, " ", &save); name; name = strtok_r(NULL, " ", &save)) {
        char *text = content(name);
        size_t end = strlen(name) - strlen(suffix);

        ck_assert_str_eq(name + end, suffix);
        count++;
        for (char *p = text; *p; p = strchr(p, '\n') + 1, rows++) {
            uint32_t id = 0;

            ck_assert_int_eq(sscanf(p, "{\"id\":%u,\"text\":\"", &id), 1);
            ck_assert(id < next_id && !seen[id]);
            seen[id] = 1;
            ck_assert(strchr(p, '\n')[-1] == '}');
        }
        free(text);
    }
    ck_assert_uint_eq(rows, next_id);
    free(files);
    free(seen);
    return count;
}

START_TEST(rows_become_lines)
{
    char *text;
    char *name;

    fake_begin();
    start("none");
    give(3, 2, 2);
    checkpoint(1);

    ck_assert_uint_eq(check_rows(".ndjson"), 1);
    name = strdup(fake_files());
    name[strlen(name) - 1] = 0;
    text = content(name);
    ck_assert_str_eq(text, "{\"id\":0,\"text\":\"ah\",\"part\":0}\n"
                           "{\"id\":1,\"text\":\"bi\",\"part\":1}\n"
                           "{\"id\":2,\"text\":\"cj\",\"part\":0}\n");
    free(text);
    free(name);
    stop();
    fake_end();
}
END_TEST

START_TEST(compressed_files_are_one_frame_each)
{
    fake_begin();
    start("zstd");
    give(10, 10, 1); /* never leaves the text */
    checkpoint(1);
    for (uint32_t i = 0; i < 20; i++)
        give(1000, 100, 1); /* streamed */
    checkpoint(2);
    give(1, 5u << 20, 1); /* one row bigger than what is done at once */
    checkpoint(3);

    ck_assert_uint_eq(check_rows(".ndjson.zst"), 3);
    ck_assert_uint_eq(fake.used, 20011);
    stop();
    fake_end();
}
END_TEST

START_TEST(partitions_have_files_of_their_own)
{
    fake_begin();
    fake_list("partition", "part", NULL);
    start("zstd");
    for (uint32_t i = 0; i < 10; i++)
        give(2000, 300, 20); /* all streamed, more than get a full window */
    give(40, 10, 30);        /* ten new ones that stay short */
    checkpoint(1);

    ck_assert_uint_eq(check_rows(".ndjson.zst"), 30);
    ck_assert_ptr_nonnull(strstr(fake_files(), "t/part=29/"));
    stop();
    fake_end();
}
END_TEST

START_TEST(any_allocation_may_fail_once_and_no_row_is_lost_or_doubled)
{
    for (uint32_t zstd = 0; zstd < 2; zstd++) {
        int met = 1;

        for (uint64_t n = 1; met; n++) {
            fake_begin();
            fake.alloc_fail_at = n;
            start(zstd ? "zstd" : "none");
            give(200, 1000, 1);
            give(100, 1000, 1);
            checkpoint(1);
            give(3, 10, 1);
            checkpoint(2);
            met = fake.allocs >= n;

            ck_assert_uint_ge(check_rows(zstd ? ".ndjson.zst" : ".ndjson"), 2);
            ck_assert_uint_eq(fake.used, 303);
            stop();
            fake_end();
        }
    }
}
END_TEST

SUITE("json writer", rows_become_lines, compressed_files_are_one_frame_each,
      partitions_have_files_of_their_own,
      any_allocation_may_fail_once_and_no_row_is_lost_or_doubled)
