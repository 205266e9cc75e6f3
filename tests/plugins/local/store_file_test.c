/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/plugins/local/store_file_test.c - the store "file": whole objects or none, whatever fails.
 *
 * The sweeps fail the n-th file call, all calls from the n-th on (a crash), or the n-th allocation,
 * for all n until a run does not meet the failure.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plugins/local/store_file.h"
#include "tests/lib/suite.h"
#include "tests/plugins/writer/fake_host.h"

#define NO_DONE ((sl_done){0})

static const sl_store_ops *ops;

static sl_store *open_store(void)
{
    char url[128];
    sl_store *s = NULL;

    ops = sl_store_file_class.ops;
    snprintf(url, sizeof url, "file://%s/lake", fake.folder);
    ck_assert_int_eq(ops->open(&fake_table, NULL, url, NULL, &s), SL_OK);
    return s;
}

static sl_status put(sl_store *s, const char *key, const char *text, uint32_t flags,
                     const char *tag)
{
    return ops->put(s, key, text, strlen(text), flags, tag, NO_DONE);
}

static void expect(sl_store *s, const char *key, const char *text)
{
    void *data = NULL;
    uint64_t got = 0;

    ck_assert_int_eq(ops->get(s, key, 0, 0, &data, &got, NULL, NO_DONE), SL_OK);
    ck_assert_uint_eq(got, strlen(text));
    ck_assert_mem_eq(data, text, got);
    fake_table.release(data);
}

START_TEST(an_object_comes_back_as_it_was_put)
{
    sl_store *s;
    void *data;
    uint64_t got;
    char *tag;

    fake_begin();
    s = open_store();

    ck_assert_int_eq(put(s, "a/b/c.txt", "hello world", 0, NULL), SL_OK);

    expect(s, "a/b/c.txt", "hello world");
    ck_assert_int_eq(ops->get(s, "a/b/c.txt", 6, 3, &data, &got, &tag, NO_DONE), SL_OK);
    ck_assert_uint_eq(got, 3);
    ck_assert_mem_eq(data, "wor", 3);
    ck_assert_uint_gt(strlen(tag), 0);
    fake_table.release(data);
    fake_table.release(tag);
    ck_assert_int_eq(ops->get(s, "a/b/none", 0, 0, &data, &got, NULL, NO_DONE), SL_END);
    ck_assert_int_eq(ops->get(s, "a/b", 0, 0, &data, &got, NULL, NO_DONE), SL_END);
    ops->close(s);
    fake_end();
}
END_TEST

START_TEST(keys_cannot_leave_the_store)
{
    static const char *const bad[] = {"",    "/a",     "a/",        "a//b",      "..",     "../a",
                                      "a/.", "a/../b", ".x.1.part", "a/.b.lock", "a/../.."};
    char longest[300];
    sl_store *s;

    fake_begin();
    s = open_store();
    memset(longest, 'x', sizeof longest);
    longest[256] = 0;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_int_eq(put(s, bad[i], "x", 0, NULL), SL_E_DATA);
    ck_assert_str_eq(fake.code, "store.key");
    ck_assert_int_eq(put(s, longest, "x", 0, NULL), SL_E_DATA);
    longest[255] = 0;
    ck_assert_int_eq(put(s, longest, "x", 0, NULL), SL_OK);

    ops->close(s);
    fake_end();
}
END_TEST

START_TEST(put_if_absent_keeps_the_first_object)
{
    sl_store *s;

    fake_begin();
    s = open_store();

    ck_assert_int_eq(put(s, "v1", "first", SL_STORE_IF_ABSENT, NULL), SL_OK);
    ck_assert_int_eq(put(s, "v1", "second", SL_STORE_IF_ABSENT, NULL), SL_E_DATA);

    ck_assert_str_eq(fake.code, "store.exists");
    expect(s, "v1", "first");
    ck_assert_str_eq(fake_files(), "lake/v1 ");
    ops->close(s);
    fake_end();
}
END_TEST

START_TEST(put_if_match_replaces_only_what_it_has_seen)
{
    sl_store *s;
    void *data;
    uint64_t got;
    char *tag;

    fake_begin();
    s = open_store();
    ck_assert_int_eq(put(s, "k", "one", 0, NULL), SL_OK);
    ck_assert_int_eq(ops->get(s, "k", 0, 0, &data, &got, &tag, NO_DONE), SL_OK);

    ck_assert_int_eq(put(s, "k", "two", SL_STORE_IF_MATCH, tag), SL_OK);
    ck_assert_int_eq(put(s, "k", "three", SL_STORE_IF_MATCH, tag), SL_E_DATA);
    ck_assert_str_eq(fake.code, "store.changed");
    ck_assert_int_eq(put(s, "gone", "x", SL_STORE_IF_MATCH, tag), SL_E_DATA);

    expect(s, "k", "two");
    ck_assert_str_eq(fake_files(), "lake/k ");
    fake_table.release(data);
    fake_table.release(tag);
    ops->close(s);
    fake_end();
}
END_TEST

/* ---- several processes ----------------------------------------------------------------------- */

#define PROCESSES 4

/* Run WORK in PROCESSES processes at once; gives the sum of what they answer. */
static int in_parallel(int (*work)(sl_store *s))
{
    int pipes[2];
    int sum = 0;
    int part;

    ck_assert_int_eq(pipe(pipes), 0);
    for (int i = 0; i < PROCESSES; i++) {
        pid_t pid = fork();

        ck_assert_int_ge(pid, 0);
        if (pid == 0) {
            fake.seed = (uint64_t)i; /* each draws its own names */
            part = work(open_store());
            _exit(write(pipes[1], &part, sizeof part) != sizeof part);
        }
    }
    for (int i = 0; i < PROCESSES; i++) {
        ck_assert_int_eq(read(pipes[0], &part, sizeof part), sizeof part);
        sum += part;
    }
    while (wait(NULL) > 0)
        ;
    close(pipes[0]);
    close(pipes[1]);
    return sum;
}

static int put_many(sl_store *s)
{
    int won = 0;

    for (int i = 0; i < 200; i++) {
        char key[32];

        snprintf(key, sizeof key, "v/%03d", i);
        won += put(s, key, "mine", SL_STORE_IF_ABSENT, NULL) == SL_OK;
    }
    return won;
}

START_TEST(of_processes_that_put_if_absent_one_wins_each_key)
{
    fake_begin();

    ck_assert_int_eq(in_parallel(put_many), 200);

    ck_assert_ptr_null(strstr(fake_files(), ".part"));
    fake_end();
}
END_TEST

/* Add 1 to a counter 25 times, as often as it takes. */
static int count_up(sl_store *s)
{
    int done = 0;

    while (done < 25) {
        void *data = NULL;
        char *tag = NULL;
        uint64_t got;
        char text[16];

        if (ops->get(s, "n", 0, 0, &data, &got, &tag, NO_DONE) == SL_OK) {
            snprintf(text, sizeof text, "%d", atoi(data) + 1);
            done += put(s, "n", text, SL_STORE_IF_MATCH, tag) == SL_OK;
        }
        fake_table.release(data);
        fake_table.release(tag);
    }
    return done;
}

START_TEST(processes_that_put_if_match_do_not_undo_each_other)
{
    sl_store *s;

    fake_begin();
    s = open_store();
    ck_assert_int_eq(put(s, "n", "0", 0, NULL), SL_OK);

    ck_assert_int_eq(in_parallel(count_up), 25 * PROCESSES);

    expect(s, "n", "100");
    ck_assert_str_eq(fake_files(), "lake/n ");
    ops->close(s);
    fake_end();
}
END_TEST

/* ---- list ------------------------------------------------------------------------------------ */

static char listed[4096];

static void note(void *arg, const sl_object *object)
{
    (void)arg;
    strcat(listed, object->key);
    strcat(listed, " ");
}

static int32_t list(sl_store *s, const char *prefix, const char *after, uint32_t max)
{
    int32_t more = -1;

    listed[0] = 0;
    ck_assert_int_eq(ops->list(s, prefix, after, max, note, NULL, &more, NO_DONE), SL_OK);
    return more;
}

START_TEST(list_gives_keys_in_byte_order_by_pages)
{
    static const char *const all[] = {"a",  "a.b",   "a/x",  "a/x.y", "a/x/1", "a/x0",
                                      "a0", "b/1/2", "b/10", "b/2",   "c"};
    size_t n = sizeof all / sizeof *all;
    char after[64];
    sl_store *s;

    fake_begin();
    s = open_store();
    for (size_t i = n; i-- > 0;) {
        /* a file and a folder can't share a name */
        if (strcmp(all[i], "a") != 0 && strcmp(all[i], "a/x") != 0)
            ck_assert_int_eq(put(s, all[i], "x", 0, NULL), SL_OK);
    }

    ck_assert_int_eq(list(s, "", NULL, 100), 0);
    ck_assert_str_eq(listed, "a.b a/x.y a/x/1 a/x0 a0 b/1/2 b/10 b/2 c ");
    ck_assert_int_eq(list(s, "a/x", NULL, 100), 0);
    ck_assert_str_eq(listed, "a/x.y a/x/1 a/x0 ");
    ck_assert_int_eq(list(s, "b/", "b/1/2", 1), 1);
    ck_assert_str_eq(listed, "b/10 ");
    for (uint32_t page = 1; page < 5; page++) {
        char joined[512] = "";
        int32_t more = 1;

        for (after[0] = 0; more;) {
            char *end;

            more = list(s, "", after[0] ? after : NULL, page);
            strcat(joined, listed);
            listed[strlen(listed) - 1] = 0;
            end = strrchr(listed, ' ');
            snprintf(after, sizeof after, "%.60s", end ? end + 1 : listed);
        }
        ck_assert_str_eq(joined, "a.b a/x.y a/x/1 a/x0 a0 b/1/2 b/10 b/2 c ");
    }
    ck_assert_int_eq(list(s, "none/", NULL, 1), 0);
    ck_assert_int_eq(ops->list(s, "../x", NULL, 1, note, NULL, &(int32_t){0}, NO_DONE), SL_E_DATA);
    ops->close(s);
    fake_end();
}
END_TEST

/* ---- uploads --------------------------------------------------------------------------------- */

/* Upload "hello world" as KEY up to its token. On failure everything is dropped. */
static sl_status upload(sl_store *s, const char *key, void **token, uint64_t *len)
{
    sl_upload *u = NULL;
    sl_status rc = ops->begin(s, key, SL_STORE_IF_ABSENT, &u, NO_DONE);

    if (rc == SL_OK)
        rc = ops->part(u, "hello ", 6, NO_DONE);
    if (rc == SL_OK)
        rc = ops->part(u, "world", 5, NO_DONE);
    if (rc == SL_OK)
        return ops->finish(u, token, len, NO_DONE);
    ops->drop(u);
    return rc;
}

START_TEST(an_upload_is_invisible_until_it_is_committed)
{
    sl_store *s;
    void *token = NULL;
    uint64_t len = 0;

    fake_begin();
    s = open_store();
    ck_assert_int_eq(upload(s, "t/f.parquet", &token, &len), SL_OK);
    list(s, "", NULL, 10);
    ck_assert_str_eq(listed, "");
    ck_assert_ptr_nonnull(strstr(fake_files(), "lake/t/.f.parquet."));

    ck_assert_int_eq(ops->commit(s, token, len, NO_DONE), SL_OK);
    ck_assert_int_eq(ops->commit(s, token, len, NO_DONE), SL_OK);
    ck_assert_int_eq(ops->abort(s, token, len, NO_DONE), SL_OK);

    expect(s, "t/f.parquet", "hello world");
    ck_assert_str_eq(fake_files(), "lake/t/f.parquet ");
    fake_table.release(token);
    ops->close(s);
    fake_end();
}
END_TEST

START_TEST(an_aborted_upload_leaves_nothing)
{
    sl_store *s;
    void *token = NULL;
    uint64_t len = 0;

    fake_begin();
    s = open_store();
    ck_assert_int_eq(upload(s, "f", &token, &len), SL_OK);

    ck_assert_int_eq(ops->abort(s, token, len, NO_DONE), SL_OK);
    ck_assert_int_eq(ops->abort(s, token, len, NO_DONE), SL_OK);

    ck_assert_str_eq(fake_files(), "");
    ck_assert_int_eq(ops->commit(s, token, len, NO_DONE), SL_E_DATA);
    ck_assert_str_eq(fake.code, "store.lost");
    fake_table.release(token);
    ops->close(s);
    fake_end();
}
END_TEST

START_TEST(of_two_uploads_of_one_key_the_second_commit_is_refused)
{
    sl_store *s;
    void *token[2];
    uint64_t len[2];

    fake_begin();
    s = open_store();
    ck_assert_int_eq(upload(s, "f", &token[0], &len[0]), SL_OK);
    ck_assert_int_eq(upload(s, "f", &token[1], &len[1]), SL_OK);

    ck_assert_int_eq(ops->commit(s, token[1], len[1], NO_DONE), SL_OK);
    ck_assert_int_eq(ops->commit(s, token[0], len[0], NO_DONE), SL_E_DATA);
    ck_assert_str_eq(fake.code, "store.exists");
    ck_assert_int_eq(ops->abort(s, token[0], len[0], NO_DONE), SL_OK);
    ck_assert_int_eq(ops->commit(s, token[0], len[0], NO_DONE), SL_E_DATA);
    ck_assert_str_eq(fake.code, "store.exists");
    ck_assert_int_eq(ops->commit(s, token[1], len[1], NO_DONE), SL_OK);

    ck_assert_str_eq(fake_files(), "lake/f ");
    fake_table.release(token[0]);
    fake_table.release(token[1]);
    ops->close(s);
    fake_end();
}
END_TEST

START_TEST(a_damaged_token_is_refused)
{
    sl_store *s;
    void *token = NULL;
    uint8_t copy[256];
    uint64_t len = 0;

    fake_begin();
    s = open_store();
    ck_assert_int_eq(upload(s, "f", &token, &len), SL_OK);

    for (uint64_t n = 0; n < len; n++)
        ck_assert_int_lt(ops->commit(s, token, n, NO_DONE), 0);
    memcpy(copy, token, len);
    memcpy(copy + len - 8, "/../../x", 8);
    ck_assert_int_lt(ops->commit(s, copy, len, NO_DONE), 0);

    ck_assert_int_eq(ops->abort(s, token, len, NO_DONE), SL_OK);
    fake_table.release(token);
    ops->close(s);
    fake_end();
}
END_TEST

/* ---- sweeps ---------------------------------------------------------------------------------- */

/* What is visible is nothing or the whole object. */
static void check_visible(void)
{
    const char *text = fake_read("lake/t/f");

    if (text)
        ck_assert_str_eq(text, "hello world");
}

START_TEST(a_crash_between_any_two_calls_leaves_all_or_nothing)
{
    int met = 1;

    for (uint64_t n = 1; met; n++) {
        void *token = NULL;
        uint64_t len = 0;
        sl_status rc;
        sl_store *s;

        fake_begin();
        s = open_store();
        fake.fail_from = n;
        rc = upload(s, "t/f", &token, &len);
        if (rc == SL_OK)
            (void)ops->commit(s, token, len, NO_DONE);
        met = fake.calls >= n;

        fake_heal(); /* the process starts again */
        check_visible();
        list(s, "", NULL, 10);
        ck_assert(!*listed || !strcmp(listed, "t/f "));
        if (rc == SL_OK)
            ck_assert_int_eq(ops->commit(s, token, len, NO_DONE), SL_OK);
        if (rc == SL_OK)
            ck_assert_str_eq(fake_files(), "lake/t/f ");
        fake_table.release(token);
        ops->close(s);
        fake_end();
    }
}
END_TEST

/* One failure of errno ERR at call N, then all is well again: every step is tried once more. */
static int one_failure(uint64_t n, int err)
{
    sl_upload *u = NULL;
    void *token = NULL;
    uint64_t len = 0;
    sl_store *s;
    sl_status rc;
    int met;

    fake_begin();
    s = open_store();
    fake.fail_at = n;
    fake.fail_errno = err;
    fake.write_at_most = 2;
    rc = ops->begin(s, "t/f", SL_STORE_IF_ABSENT, &u, NO_DONE);
    if (rc < 0)
        ck_assert_int_eq(ops->begin(s, "t/f", SL_STORE_IF_ABSENT, &u, NO_DONE), SL_OK);
    if (ops->part(u, "hello ", 6, NO_DONE) < 0)
        ck_assert_int_eq(ops->part(u, "hello ", 6, NO_DONE), SL_OK);
    if (ops->part(u, "world", 5, NO_DONE) < 0)
        ck_assert_int_eq(ops->part(u, "world", 5, NO_DONE), SL_OK);
    rc = ops->finish(u, &token, &len, NO_DONE);
    if (rc < 0)
        ck_assert_int_eq(upload(s, "t/f", &token, &len), SL_OK);
    check_visible();
    if (ops->commit(s, token, len, NO_DONE) < 0)
        ck_assert_int_eq(ops->commit(s, token, len, NO_DONE), SL_OK);
    met = fake.calls >= n;
    check_visible();
    ck_assert_str_eq(fake_files(), "lake/t/f ");
    fake_table.release(token);
    ops->close(s);
    fake_end();
    return met;
}

START_TEST(any_one_failure_is_mended_by_trying_again)
{
    static const int errors[] = {EIO, ENOSPC, EMFILE};

    for (size_t e = 0; e < sizeof errors / sizeof *errors; e++) {
        for (uint64_t n = 1; one_failure(n, errors[e]); n++)
            ;
    }
}
END_TEST

START_TEST(a_failed_put_leaves_no_temporary_file)
{
    int met = 1;

    for (uint64_t n = 1; met; n++) {
        sl_status rc;
        sl_store *s;

        fake_begin();
        s = open_store();
        fake.fail_at = n;
        fake.fail_errno = ENOSPC;
        rc = put(s, "t/f", "hello world", 0, NULL);
        met = fake.calls >= n;

        fake_heal();
        check_visible();
        ck_assert_ptr_null(strstr(fake_files(), ".part"));
        if (rc < 0)
            ck_assert_int_eq(put(s, "t/f", "hello world", 0, NULL), SL_OK);
        expect(s, "t/f", "hello world");
        ops->close(s);
        fake_end();
    }
}
END_TEST

START_TEST(any_allocation_may_fail)
{
    int met = 1;

    for (uint64_t n = 1; met; n++) {
        int32_t more;
        void *token = NULL;
        void *data = NULL;
        char *tag = NULL;
        uint64_t len = 0;
        sl_store *s = NULL;
        char url[128];

        fake_begin();
        ops = sl_store_file_class.ops;
        snprintf(url, sizeof url, "file://%s/lake", fake.folder);
        fake.alloc_fail_at = n;
        if (ops->open(&fake_table, NULL, url, NULL, &s) == SL_OK) {
            listed[0] = 0;
            if (upload(s, "t/f", &token, &len) == SL_OK)
                ck_assert_int_eq(ops->commit(s, token, len, NO_DONE), SL_OK);
            (void)ops->list(s, "", NULL, 10, note, NULL, &more, NO_DONE);
            (void)ops->get(s, "t/f", 0, 0, &data, &len, &tag, NO_DONE);
        }
        met = fake.allocs >= n;

        check_visible();
        fake_table.release(token);
        fake_table.release(data);
        fake_table.release(tag);
        ops->close(s);
        fake_end();
    }
}
END_TEST

SUITE("store file", an_object_comes_back_as_it_was_put, keys_cannot_leave_the_store,
      put_if_absent_keeps_the_first_object, put_if_match_replaces_only_what_it_has_seen,
      of_processes_that_put_if_absent_one_wins_each_key,
      processes_that_put_if_match_do_not_undo_each_other, list_gives_keys_in_byte_order_by_pages,
      an_upload_is_invisible_until_it_is_committed, an_aborted_upload_leaves_nothing,
      of_two_uploads_of_one_key_the_second_commit_is_refused, a_damaged_token_is_refused,
      a_crash_between_any_two_calls_leaves_all_or_nothing,
      any_one_failure_is_mended_by_trying_again, a_failed_put_leaves_no_temporary_file,
      any_allocation_may_fail)
