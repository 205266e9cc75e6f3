/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/plugins/local/catalog_test.c - the catalog "local": each file listed once, whatever fails.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/local/meta.h"
#include "tests/lib/suite.h"
#include "tests/plugins/writer/fake_host.h"

#define CALL ((sl_call *)(void *)&fake)

static const sl_class *klass;
static const sl_sink_ops *ops;
static sl_instance *catalog;
static char table_url[128];

static void setup(void)
{
    fake_begin();
    klass = sluice_plugin_v1.classes[0];
    ops = klass->ops;
    fake.splits[0] = "clicks.json";
    fake.offsets[0].ptr = (const uint8_t *)"\x00\x2a";
    fake.offsets[0].len = 2;
    snprintf(table_url, sizeof table_url, "%s/t", fake.folder);
}

#define INSIST(call)                                                                               \
    do {                                                                                           \
        int tries_ = 0;                                                                            \
        while ((call) < 0)                                                                         \
            ck_assert_int_lt(tries_++, 4);                                                         \
    } while (0)

static void start(void)
{
    INSIST(klass->create(&fake_table, NULL, NULL, &catalog));
    ck_assert_int_eq(klass->open(catalog, CALL), SL_OK);
}

static void stop(void)
{
    klass->close(catalog);
    klass->destroy(catalog);
}

/* Give N file records named NAME-0, NAME-1 …; each with 10 rows and 100 bytes. */
static void give(const char *name, uint32_t n)
{
    sl_builder *b = fake_rows();
    jbuf schema = {.host = &fake_table};
    jbuf fields = {.host = &fake_table};
    sl_batch *batch;
    sl_bytes raw[2];
    uint64_t fail_at = fake.alloc_fail_at;
    uint64_t allocs = fake.allocs;

    fake.alloc_fail_at = 0; /* what the test needs does not fail */
    json_read(&schema, "[{\"name\":\"id\",\"type\":\"int64\",\"nullable\":false}]", 49);
    json_read(&fields, "[{\"name\":\"dt\",\"expr\":\"day(at)\"}]", 32);
    fake.alloc_fail_at = fail_at;
    fake.allocs = allocs;
    raw[0] = jbuf_bytes(&schema);
    raw[1] = jbuf_bytes(&fields);
    for (uint32_t i = 0; i < n; i++) {
        char file[64];

        snprintf(file, sizeof file, "dt=1/%s-%u.parquet", name, i);
        fake_row(b, "s:table", table_url, "s:file", file, "s:format", "parquet", "i:rows",
                 (int64_t)10, "i:bytes", (int64_t)100, "r:schema", &raw[0], "r:partition_fields",
                 &raw[1], NULL);
    }
    batch = fake_batch(b, 0, 0, 0);
    INSIST(ops->write(catalog, CALL, 0, batch));
    fake_table.rows->unref(batch);
    jbuf_free(&schema);
    jbuf_free(&fields);
}

/* Make a call that may be answered later. */
static sl_status answer(sl_status rc)
{
    if (rc != SL_WAIT)
        return rc;
    fake.finished = NULL;
    fake_run();
    ck_assert_ptr_eq(fake.finished, CALL);
    return fake.finish_status;
}

static void prepare(uint64_t n, void **token, uint64_t *len)
{
    INSIST(answer(klass->prepare(catalog, CALL, n, token, len)));
}

static sl_status commit(const void *token, uint64_t len)
{
    return answer(klass->commit(catalog, CALL, token, len));
}

static void checkpoint(uint64_t n)
{
    void *token;
    uint64_t len;

    prepare(n, &token, &len);
    INSIST(commit(token, len));
    fake_table.release(token);
}

static const char *version_text(uint64_t v)
{
    char key[META_KEY_ROOM];
    char name[64];

    meta_key(v, key);
    snprintf(name, sizeof name, "t/%s", key);
    return fake_read(name);
}

static uint32_t count(const char *text, uint64_t len, const char *what)
{
    uint32_t n = 0;

    for (const char *at = text; (at = memmem(at, len - (uint64_t)(at - text), what, strlen(what)));
         at++)
        n++;
    return n;
}

/* How often FILE ("…": all files) is listed in the newest state of the table. */
static uint32_t listed(const char *what)
{
    uint64_t newest = 0;
    uint64_t full;
    uint32_t n = 0;

    while (version_text(newest + 1))
        newest++;
    if (!newest)
        return 0;
    full = strtoull(strstr(version_text(newest), "\"full\":") + 7, NULL, 10);
    for (uint64_t v = full; v <= newest; v++) {
        const char *text = version_text(v);
        sl_bytes kept = meta_lines(text, strlen(text), "kept");
        sl_bytes added = meta_lines(text, strlen(text), "added");

        if (kept.len)
            n += count((const char *)kept.ptr, kept.len, what);
        n += count((const char *)added.ptr, added.len, what);
    }
    return n;
}

/* ---- tests ----------------------------------------------------------------------------------- */

START_TEST(a_version_appears_at_commit_with_files_and_offsets)
{
    void *token;
    uint64_t len;
    const char *text;

    setup();
    start();
    give("a", 3);
    prepare(7, &token, &len);
    ck_assert_ptr_null(version_text(1));

    ck_assert_int_eq(commit(token, len), SL_OK);
    ck_assert_int_eq(commit(token, len), SL_OK);

    text = version_text(1);
    ck_assert_ptr_nonnull(text);
    ck_assert_ptr_nonnull(strstr(text, "{\"sluice_table\":1,\n\"version\":1,\n\"full\":1,"));
    ck_assert_ptr_nonnull(strstr(text, "\"checkpoint\":7,"));
    ck_assert_ptr_nonnull(strstr(text, "\"offsets\":{\"clicks.json\":\"002a\"}"));
    ck_assert_ptr_nonnull(strstr(text, "\"files\":3,\n\"rows\":30,\n\"bytes\":300,"));
    ck_assert_ptr_nonnull(strstr(text, "\"expr\":\"day(at)\""));
    ck_assert_ptr_nonnull(strstr(text, "{\"name\":\"id\",\"type\":\"int64\",\"nullable\":false}"));
    ck_assert_ptr_nonnull(strstr(text, "{\"file\":\"dt=1/a-2.parquet\",\"format\":\"parquet\","));
    ck_assert_uint_eq(fake.used, 3);
    ck_assert_ptr_null(version_text(2));
    fake_table.release(token);
    stop();
    fake_end();
}
END_TEST

START_TEST(what_is_no_file_record_goes_to_the_dead_letters)
{
    sl_builder *b;
    sl_batch *batch;

    setup();
    start();
    b = fake_rows();
    fake_row(b, "i:id", (int64_t)1, NULL);
    fake_row(b, "s:table", table_url, "s:file", "x", "i:rows", (int64_t)-1, "i:bytes", (int64_t)1,
             NULL);
    fake_row(b, "s:table", table_url, "s:file", "x", "i:rows", (int64_t)1, "i:bytes", (int64_t)1,
             NULL);
    batch = fake_batch(b, 0, 0, 0);

    ck_assert_int_eq(ops->write(catalog, CALL, 0, batch), SL_OK);
    checkpoint(1);

    ck_assert_uint_eq(fake.rejected, 2);
    ck_assert_uint_eq(fake.used, 1);
    ck_assert_str_eq(fake.reject_code, "local.record");
    ck_assert_uint_eq(listed("\"file\""), 1);
    fake_table.rows->unref(batch);
    stop();
    fake_end();
}
END_TEST

START_TEST(versions_build_on_each_other_and_each_hundredth_lists_all)
{
    setup();
    start();

    for (uint64_t n = 1; n <= 205; n++) {
        char name[16];

        snprintf(name, sizeof name, "n%u", (unsigned)n);
        give(name, 2);
        checkpoint(n);
        if (n % 50 == 0) { /* another process goes on */
            stop();
            start();
        }
    }

    ck_assert_ptr_nonnull(strstr(version_text(205), "\"full\":200,"));
    ck_assert_ptr_nonnull(strstr(version_text(199), "\"full\":100,"));
    ck_assert_ptr_nonnull(strstr(version_text(205), "\"files\":410,\n\"rows\":4100,"));
    ck_assert_uint_eq(listed("\"file\""), 410);
    ck_assert_uint_eq(listed("dt=1/n99-1.parquet"), 1);
    ck_assert_uint_eq(listed("dt=1/n200-0.parquet"), 1);
    stop();
    fake_end();
}
END_TEST

START_TEST(a_checkpoint_without_files_makes_no_version)
{
    void *token = CALL;
    uint64_t len = 1;

    setup();
    start();

    prepare(1, &token, &len);

    ck_assert_ptr_null(token);
    ck_assert_uint_eq(len, 0);
    ck_assert_int_eq(commit(token, len), SL_OK);
    ck_assert_str_eq(fake_files(), "");
    stop();
    fake_end();
}
END_TEST

START_TEST(a_foreign_commit_in_between_moves_ours_behind_it)
{
    sl_instance *other;
    void *token[2];
    uint64_t len[2];

    for (int is_late = 0; is_late < 2; is_late++) {
        setup();
        fake.is_late = is_late;
        start();
        give("first", 1);
        checkpoint(1);
        give("ours", 2);
        prepare(2, &token[0], &len[0]);
        other = catalog;
        start();
        give("theirs", 3);
        prepare(1, &token[1], &len[1]);
        ck_assert_int_eq(commit(token[1], len[1]), SL_OK);
        stop();
        catalog = other;

        ck_assert_int_eq(commit(token[0], len[0]), SL_OK);
        ck_assert_int_eq(commit(token[0], len[0]), SL_OK);
        ck_assert_int_eq(
            klass->abort(catalog, CALL, token[1], len[1]) == SL_WAIT ? fake_run() > 0 : 1, 1);
        give("more", 1);
        checkpoint(3);

        ck_assert_uint_eq(listed("\"file\""), 7);
        ck_assert_ptr_nonnull(strstr(version_text(3), "dt=1/ours-1"));
        ck_assert_ptr_nonnull(strstr(version_text(4), "\"files\":7,"));
        ck_assert_ptr_null(version_text(5));
        ck_assert_ptr_null(strstr(fake_files(), ".part"));
        fake_table.release(token[0]);
        fake_table.release(token[1]);
        stop();
        fake_end();
    }
}
END_TEST

START_TEST(two_prepares_before_their_commits_keep_their_order)
{
    void *token[2];
    uint64_t len[2];

    setup();
    start();
    give("a", 1);
    prepare(1, &token[0], &len[0]);
    give("b", 1);
    prepare(2, &token[1], &len[1]);

    ck_assert_int_eq(commit(token[0], len[0]), SL_OK);
    ck_assert_int_eq(commit(token[1], len[1]), SL_OK);

    ck_assert_ptr_nonnull(strstr(version_text(2), "\"files\":2,"));
    ck_assert_uint_eq(listed("\"file\""), 2);
    fake_table.release(token[0]);
    fake_table.release(token[1]);
    stop();
    fake_end();
}
END_TEST

START_TEST(an_aborted_checkpoint_leaves_no_trace)
{
    void *token;
    uint64_t len;

    setup();
    start();
    give("a", 1);
    prepare(1, &token, &len);

    ck_assert_int_eq(answer(klass->abort(catalog, CALL, token, len)), SL_OK);
    ck_assert_int_eq(answer(klass->abort(catalog, CALL, token, len)), SL_OK);
    ck_assert_str_eq(fake_files(), "");
    give("b", 1);
    checkpoint(2);

    ck_assert_uint_eq(listed("\"file\""), 1);
    ck_assert_uint_eq(listed("dt=1/b-0"), 1);
    fake_table.release(token);
    stop();
    fake_end();
}
END_TEST

START_TEST(a_later_start_of_the_graph_fences_this_one)
{
    void *token;
    uint64_t len;

    setup();
    fake.epoch = 5;
    start();
    give("a", 1);
    checkpoint(1);
    stop();
    fake.epoch = 4;
    start();
    give("b", 1);

    ck_assert_int_eq(klass->prepare(catalog, CALL, 2, &token, &len), SL_E_FATAL);

    ck_assert_str_eq(fake.code, "local.fenced");
    stop();
    fake_end();
}
END_TEST

START_TEST(damage_in_any_byte_of_a_version_is_found)
{
    jbuf text = {.host = &fake_table};
    meta_head head = {.schema = {.host = &fake_table}};
    meta_who who = {.table = "t", .graph = "clicks", .node = "files"};
    const char *whole;

    setup();
    start();
    give("a", 2);
    checkpoint(1);
    whole = version_text(1);
    jbuf_text(&text, whole);
    ck_assert_int_eq(meta_read(&head, &who, whole, strlen(whole)), SL_OK);
    ck_assert_uint_eq(head.files, 2);

    for (uint64_t i = 0; i < text.len; i++) {
        text.data[i] ^= 1;
        ck_assert_int_eq(meta_read(&head, &who, (const char *)text.data, text.len), SL_E_DATA);
        text.data[i] ^= 1;
        ck_assert_int_eq(meta_read(&head, &who, (const char *)text.data, i), SL_E_DATA);
    }

    jbuf_free(&text);
    jbuf_free(&head.schema);
    stop();
    fake_end();
}
END_TEST

START_TEST(a_damaged_table_stops_the_catalog_with_a_clear_word)
{
    char path[192];
    void *token;
    uint64_t len;
    FILE *out;

    setup();
    start();
    give("a", 1);
    checkpoint(1);
    stop();
    snprintf(path, sizeof path, "%s/_sluice/v000000000001.json", table_url);
    out = fopen(path, "r+");
    fputs("{\"sluice_table\":7", out);
    fclose(out);
    start();
    give("b", 1);

    ck_assert_int_eq(klass->prepare(catalog, CALL, 2, &token, &len), SL_E_CONFIG);

    ck_assert_str_eq(fake.code, "local.damaged");
    stop();
    fake_end();
}
END_TEST

START_TEST(schemas_unite_field_by_field)
{
    static const char a[] = "[{\"name\":\"x\",\"type\":\"int64\",\"nullable\":false},"
                            "{\"name\":\"d\",\"type\":\"decimal(5,2)\",\"nullable\":false},"
                            "{\"name\":\"s\",\"type\":\"struct\",\"nullable\":false,\"children\":"
                            "[{\"name\":\"i\",\"type\":\"string\",\"nullable\":false}]}]";
    static const char b[] = "[{\"name\":\"s\",\"type\":\"struct\",\"nullable\":false,\"children\":"
                            "[{\"name\":\"j\",\"type\":\"bool\",\"nullable\":false}]},"
                            "{\"name\":\"x\",\"type\":\"double\",\"nullable\":false},"
                            "{\"name\":\"d\",\"type\":\"decimal(4,3)\",\"nullable\":true},"
                            "{\"name\":\"y\",\"type\":\"bytes\",\"nullable\":false}]";
    static const char both[] =
        "[{\"name\":\"x\",\"type\":\"double\",\"nullable\":false},"
        "{\"name\":\"d\",\"type\":\"decimal(6,3)\",\"nullable\":true},"
        "{\"name\":\"s\",\"type\":\"struct\",\"nullable\":false,\"children\":"
        "[{\"name\":\"i\",\"type\":\"string\",\"nullable\":true},"
        "{\"name\":\"j\",\"type\":\"bool\",\"nullable\":true}]},"
        "{\"name\":\"y\",\"type\":\"bytes\",\"nullable\":true}]";
    jbuf left = {.host = &fake_table};
    jbuf right = left;
    jbuf out = left;
    jbuf text = left;
    sl_bytes bytes[2];
    sl_val v;

    setup();
    json_read(&left, a, sizeof a - 1);
    json_read(&right, b, sizeof b - 1);
    bytes[0] = jbuf_bytes(&left);
    bytes[1] = jbuf_bytes(&right);

    meta_unite(&out, &bytes[0], &bytes[1]);

    (void)sl_val_read(out.data, &v);
    json_value(&text, &v);
    jbuf_raw(&text, "", 1);
    ck_assert_str_eq((const char *)text.data, both);
    jbuf_free(&left);
    jbuf_free(&right);
    jbuf_free(&out);
    jbuf_free(&text);
    fake_end();
}
END_TEST

/* ---- sweeps ---------------------------------------------------------------------------------- */

static void check_all_listed(void)
{
    ck_assert_uint_eq(listed("\"file\""), 5);
    ck_assert_uint_eq(listed("dt=1/a-0"), 1);
    ck_assert_uint_eq(listed("dt=1/b-2"), 1);
    ck_assert_ptr_null(strstr(fake_files(), ".json "
                                            ".part"));
}

START_TEST(any_one_failure_of_a_file_call_is_mended_by_trying_again)
{
    int met = 1;

    for (uint64_t n = 1; met; n++) {
        setup();
        fake.fail_at = n;
        fake.fail_errno = ENOSPC;
        fake.write_at_most = 50;
        start();
        give("a", 2);
        checkpoint(1);
        give("b", 3);
        checkpoint(2);
        met = fake.calls >= n;
        fake_heal();
        check_all_listed();
        stop();
        fake_end();
    }
}
END_TEST

START_TEST(any_one_failed_allocation_is_mended_by_trying_again)
{
    int met = 1;

    for (uint64_t n = 1; met; n++) {
        setup();
        fake.alloc_fail_at = n;
        start();
        give("a", 2);
        checkpoint(1);
        give("b", 3);
        checkpoint(2);
        met = fake.allocs >= n;
        fake_heal();
        check_all_listed();
        stop();
        fake_end();
    }
}
END_TEST

START_TEST(after_a_crash_at_any_call_the_stored_token_makes_it_whole)
{
    int met = 1;

    for (uint64_t n = 1; met; n++) {
        void *token = NULL;
        uint64_t len = 0;
        sl_status rc;

        setup();
        start();
        give("a", 2);
        checkpoint(1);
        fake.calls = 0;
        fake.fail_from = n;
        give("b", 3);
        rc = klass->prepare(catalog, CALL, 2, &token, &len);
        if (rc == SL_OK)
            (void)commit(token, len);
        met = fake.calls >= n;
        stop();

        fake_heal();
        ck_assert(listed("\"file\"") == 2 || listed("\"file\"") == 5);
        start();
        if (rc == SL_OK) {
            ck_assert_int_eq(commit(token, len), SL_OK);
        } else { /* the source is read again from checkpoint 1 */
            ck_assert_uint_eq(listed("\"file\""), 2);
            give("b", 3);
            checkpoint(2);
        }
        check_all_listed();
        fake_table.release(token);
        stop();
        fake_end();
    }
}
END_TEST

SUITE("catalog", a_version_appears_at_commit_with_files_and_offsets,
      what_is_no_file_record_goes_to_the_dead_letters,
      versions_build_on_each_other_and_each_hundredth_lists_all,
      a_checkpoint_without_files_makes_no_version, a_foreign_commit_in_between_moves_ours_behind_it,
      two_prepares_before_their_commits_keep_their_order, an_aborted_checkpoint_leaves_no_trace,
      a_later_start_of_the_graph_fences_this_one, damage_in_any_byte_of_a_version_is_found,
      a_damaged_table_stops_the_catalog_with_a_clear_word, schemas_unite_field_by_field,
      any_one_failure_of_a_file_call_is_mended_by_trying_again,
      any_one_failed_allocation_is_mended_by_trying_again,
      after_a_crash_at_any_call_the_stored_token_makes_it_whole)
