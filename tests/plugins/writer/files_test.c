/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/plugins/writer/files_test.c - the file framework with a format of lines.
 *
 * The format writes the integer "id" of each record on a line. What is asked of every run, whatever
 * fails: each row is in exactly one committed file, or was sent off, and nothing else is there.
 */
#include "plugins/writer/lib/writer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/suite.h"
#include "tests/plugins/writer/fake_host.h"

/* ---- a format -------------------------------------------------------------------------------- */

struct sl_format {
    const sl_files_env *env;
    const sl_path *id;
};

struct sl_format_file {
    sl_format *format;
    sl_files_out *out;
    uint32_t rows;
};

static uint32_t again_after; /* the schema "grows" after so many rows of a file; 0: never */
static uint64_t padding;     /* bytes behind each line */
static int reject_odd;

static sl_status lines_create(const sl_files_env *env, const sl_config *cfg, sl_format **self)
{
    sl_format *f = env->host->alloc(env->node, sizeof *f);

    (void)cfg;
    if (!f)
        return SL_E_NOMEM;
    f->env = env;
    f->id = env->host->rows->path(env->node, 0, "id");
    *self = f;
    return SL_OK;
}

static void lines_destroy(sl_format *self)
{
    self->env->host->release(self);
}

static const char *lines_suffix(const sl_format *self)
{
    (void)self;
    return "txt";
}

static sl_status lines_begin(sl_format *self, sl_files_out *out, sl_format_file **file)
{
    sl_format_file *f = self->env->host->alloc(self->env->node, sizeof *f);

    if (!f)
        return SL_E_NOMEM;
    f->format = self;
    f->out = out;
    f->rows = 0;
    *file = f;
    return SL_OK;
}

static sl_status line_put(sl_format_file *f, int64_t id)
{
    uint64_t got;
    char *room = sl_files_room(f->out, 32 + padding, &got);
    int n;

    if (!room)
        return SL_E_NOMEM;
    ck_assert_uint_ge(got, 32 + padding);
    n = sprintf(room, "%lld", (long long)id);
    memset(room + n, ' ', padding);
    room[(uint64_t)n + padding] = '\n';
    sl_files_used(f->out, (uint64_t)n + padding + 1);
    return SL_OK;
}

static sl_status lines_add(sl_format_file *f, sl_batch *batch, const uint16_t *row, uint32_t n,
                           uint32_t *done)
{
    for (uint32_t i = 0; i < n; i++) {
        uint16_t at = row ? row[i] : (uint16_t)i;
        sl_val v;

        if (again_after && f->rows == again_after)
            return SL_AGAIN;
        (void)sl_batch_get(batch, at, f->format->id, &v);
        if (reject_odd && v.i % 2) {
            sl_files_reject(f->out, batch, &at, 1, "test.odd", "odd");
        } else if (line_put(f, v.i) < 0) {
            return SL_E_NOMEM;
        } else {
            f->rows++;
        }
        *done = i + 1;
    }
    return SL_OK;
}

static uint64_t lines_held(const sl_format_file *f)
{
    (void)f;
    return 0;
}

static sl_status lines_finish(sl_format_file *f, const sl_files_meta *meta, uint32_t n,
                              sl_files_info *info)
{
    sl_bytes min = {.ptr = (const uint8_t *)"\x01", .len = 1};

    ck_assert_uint_eq(n, 5);
    ck_assert_str_eq(meta[0].key, "sluice.graph");
    ck_assert_str_eq(meta[0].value, "clicks");
    sl_files_column(info, "id", 2, "int64", 0, &min, NULL);
    sl_files_fields(info, 1);
    sl_files_field(info, "id", 2, "int64", 0, 0);
    f->format->env->host->release(f);
    return SL_OK;
}

static void lines_drop(sl_format_file *f)
{
    f->format->env->host->release(f);
}

static const sl_files_format lines_format = {
    .size = sizeof lines_format,
    .name = "lines",
    .create = lines_create,
    .destroy = lines_destroy,
    .suffix = lines_suffix,
    .begin = lines_begin,
    .add = lines_add,
    .held = lines_held,
    .finish = lines_finish,
    .drop = lines_drop,
};

/* ---- a run ----------------------------------------------------------------------------------- */

#define CALL ((sl_call *)(void *)&fake)

static sl_instance *writer;
static uint32_t next_id;

static void settings(void)
{
    char to[128];

    snprintf(to, sizeof to, "%s/t/", fake.folder);
    fake_set("to", to);
    fake_set("open_files", "4");
    fake_set("buffer", "268435456");
    next_id = 0;
    again_after = 0;
    padding = 0;
    reject_odd = 0;
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
    INSIST(sl_files_create(&fake_table, NULL, NULL, &lines_format, &writer));
    INSIST(sl_files_open(writer, NULL));
}

static void stop(void)
{
    sl_files_close(writer);
    sl_files_destroy(writer);
}

/* N rows with country and ts made of their id. */
static sl_batch *some_rows(uint32_t n)
{
    static const char *const countries[] = {"DE", "FR", "a/../..", "US"};
    sl_builder *b = fake_rows();

    for (uint32_t i = 0; i < n; i++, next_id++)
        fake_row(b, "i:id", (int64_t)next_id, "s:country", countries[next_id % 4], "t:ts",
                 (int64_t)(next_id % 3) * 86400000000, NULL);
    return fake_batch(b, 1, (uint8_t)(next_id - n), (uint8_t)(next_id - 1));
}

static void give(sl_batch *batch)
{
    sl_status rc;
    int tries = 0;

    while ((rc = sl_files_ops.process(writer, CALL, 0, batch)) < 0)
        ck_assert_int_lt(tries++, 3);
    if (rc == SL_WAIT) {
        fake_run();
        ck_assert_ptr_eq(fake.finished, CALL);
        ck_assert_int_eq(fake.finish_status, SL_OK);
    }
    fake_table.rows->unref(batch);
}

static void prepare(uint64_t checkpoint, void **token, uint64_t *len)
{
    sl_status rc;
    int tries = 0;

    do {
        *token = NULL;
        *len = 0;
        rc = sl_files_prepare(writer, CALL, checkpoint, token, len);
        if (rc == SL_WAIT) {
            fake_run();
            rc = fake.finish_status;
        }
        ck_assert_int_lt(tries++, 4);
    } while (rc < 0);
}

static sl_status commit_once(const void *token, uint64_t len)
{
    sl_status rc = sl_files_commit(writer, CALL, token, len);

    if (rc == SL_WAIT) {
        fake_run();
        rc = fake.finish_status;
    }
    return rc;
}

static void checkpoint(uint64_t n)
{
    void *token;
    uint64_t len;

    prepare(n, &token, &len);
    INSIST(commit_once(token, len));
    fake_table.release(token);
}

/* Count every id in all visible files; each must be there once. Gives the number of files. */
static uint32_t check_ids(uint32_t n, int step)
{
    char *files = strdup(fake_files());
    uint8_t *seen = calloc(n + 1, 1);
    uint32_t count = 0;
    char *save = NULL;

    for (char *name = strtok_r(files, " ", &save); name; name = strtok_r(NULL, " ", &save)) {
        const char *text = fake_read(name);
        char *at = NULL;

        ck_assert_msg(strncmp(name, "t/", 2) == 0 && strstr(name, ".txt"), "%s", name);
        ck_assert_msg(!strstr(name, ".part"), "%s", name);
        count++;
        for (const char *p = text; *p; p = at) {
            long id = strtol(p, &at, 10);

            ck_assert(at != p && id >= 0 && id < (long)n && !seen[id]);
            seen[id] = 1;
            while (*at == ' ' || *at == '\n')
                at++;
        }
    }
    for (uint32_t i = 0; i < n; i += (uint32_t)step)
        ck_assert_msg(seen[i], "row %u is lost", i);
    free(files);
    free(seen);
    return count;
}

/* Member NAME of the I-th record emitted. */
static int record(uint32_t i, const char *name, sl_val *out)
{
    for (uint32_t k = 0; k < fake.nemitted; k++) {
        sl_val row;

        if (i >= fake.emitted[k]->nrec) {
            i -= fake.emitted[k]->nrec;
            continue;
        }
        sl_batch_row(fake.emitted[k], i, &row);
        return sl_val_find(&row, name, strlen(name), out);
    }
    return 0;
}

/* ---- tests ----------------------------------------------------------------------------------- */

START_TEST(files_appear_at_commit_with_a_record_each)
{
    void *token;
    uint64_t len;
    sl_val v;
    sl_val in;

    fake_begin();
    settings();
    start();
    give(some_rows(10));
    give(some_rows(5));
    prepare(7, &token, &len);
    ck_assert_ptr_null(strstr(fake_files(), "t/clicks"));
    ck_assert_ptr_nonnull(strstr(fake_files(), "t/.clicks-files-1-1-0-0-"));

    ck_assert_int_eq(commit_once(token, len), SL_OK);
    ck_assert_int_eq(commit_once(token, len), SL_OK);

    ck_assert_uint_eq(check_ids(15, 1), 1);
    ck_assert_uint_eq(fake.used, 15);
    ck_assert(record(0, "rows", &v) && v.i == 15);
    ck_assert(record(0, "bytes", &v) &&
              v.i == (int64_t)strlen(fake_read(strtok(strdup(fake_files()), " "))));
    ck_assert(record(0, "checkpoint", &v) && v.i == 7);
    ck_assert(record(0, "format", &v) && v.n == 5 && !memcmp(v.ptr, "lines", 5));
    ck_assert(record(0, "schema", &v) && v.type == SL_V_ARRAY && v.n == 1);
    ck_assert(record(0, "columns", &v) && v.type == SL_V_ARRAY && v.n == 1);
    ck_assert(record(0, "partition", &v) && v.type == SL_V_MAP && v.n == 0);
    ck_assert(record(0, "splits", &v) && sl_val_find(&v, "1", 1, &in) && in.n == 2);
    ck_assert_mem_eq(in.ptr, "\xc4\x01\x00\xc4\x01\x0e", 6);
    fake_table.release(token);
    stop();
    fake_end();
}
END_TEST

START_TEST(rows_go_to_the_folder_of_their_partition)
{
    static const uint16_t some[] = {0, 2, 3, 7, 11};
    sl_batch *batch;

    fake_begin();
    settings();
    fake_list("partition", "day(ts) AS dt", "country", NULL);
    start();
    batch = some_rows(12);
    fake_select(batch, some, 5);

    give(batch);
    checkpoint(1);

    ck_assert_ptr_nonnull(strstr(fake_files(), "t/dt=1970-01-01/country=DE/clicks-files-1-1-"));
    ck_assert_ptr_nonnull(strstr(fake_files(), "t/dt=1970-01-03/country=a%2F..%2F../"));
    ck_assert_ptr_nonnull(strstr(fake_files(), "t/dt=1970-01-01/country=US/"));
    ck_assert_ptr_nonnull(strstr(fake_files(), "t/dt=1970-01-02/country=US/"));
    ck_assert_ptr_nonnull(strstr(fake_files(), "t/dt=1970-01-03/country=US/"));
    ck_assert_uint_eq(fake.used, 5);
    stop();
    fake_end();
}
END_TEST

START_TEST(every_row_is_in_one_file_however_many_partitions_are_open)
{
    fake_begin();
    settings();
    fake_list("partition", "id", NULL);
    start();

    for (uint64_t n = 1; n <= 3; n++) {
        for (int i = 0; i < 10; i++)
            give(some_rows(37));
        checkpoint(n);
    }

    ck_assert_uint_eq(check_ids(1110, 1), 1110);
    ck_assert_uint_eq(fake.used, 1110);
    stop();
    fake_end();
}
END_TEST

START_TEST(rows_without_a_time_go_to_the_dead_letters_and_null_to_its_folder)
{
    sl_builder *b;

    fake_begin();
    settings();
    fake_list("partition", "day(at, ms)", NULL);
    start();
    b = fake_rows();
    fake_row(b, "i:id", (int64_t)0, "i:at", (int64_t)5, NULL);
    fake_row(b, "i:id", (int64_t)1, "s:at", "tomorrow", NULL);
    fake_row(b, "i:id", (int64_t)2, "n:at", (int64_t)0, NULL);
    fake_row(b, "i:id", (int64_t)3, NULL);

    give(fake_batch(b, 0, 0, 0));
    checkpoint(1);

    ck_assert_uint_eq(fake.rejected, 1);
    ck_assert_uint_eq(fake.used, 3);
    ck_assert_str_eq(fake.reject_code, "writer.partition");
    ck_assert_ptr_nonnull(strstr(fake_files(), "t/at_day=__HIVE_DEFAULT_PARTITION__/"));
    ck_assert_ptr_nonnull(strstr(fake_files(), "t/at_day=1970-01-01/"));
    stop();
    fake_end();
}
END_TEST

START_TEST(a_file_rolls_by_rows_size_age_and_at_the_formats_wish)
{
    static const char *const names[] = {"roll.rows", "roll.size", "roll.every", ""};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        fake_begin();
        settings();
        if (*names[i])
            fake_set(names[i], "10");
        again_after = *names[i] ? 0 : 7;
        start();
        for (int k = 0; k < 10; k++) {
            give(some_rows(11));
            fake.now_ns += 20;
            if (fake.tick)
                fake.tick(writer, NULL);
        }
        checkpoint(1);
        ck_assert_uint_ge(check_ids(110, 1), 10);
        stop();
        fake_end();
    }
}
END_TEST

START_TEST(rows_that_a_format_refuses_are_not_counted_as_used)
{
    sl_val v;

    fake_begin();
    settings();
    reject_odd = 1;
    start();

    give(some_rows(100));
    checkpoint(1);

    ck_assert_uint_eq(fake.used, 50);
    ck_assert_uint_eq(fake.rejected, 50);
    ck_assert(record(0, "rows", &v) && v.i == 50);
    ck_assert_uint_eq(check_ids(100, 2), 1);
    stop();
    fake_end();
}
END_TEST

START_TEST(a_checkpoint_without_rows_has_no_token)
{
    void *token = NULL;
    uint64_t len = 1;

    fake_begin();
    settings();
    start();

    prepare(1, &token, &len);

    ck_assert_ptr_null(token);
    ck_assert_uint_eq(len, 0);
    ck_assert_uint_eq(fake.nemitted, 0);
    ck_assert_int_eq(commit_once(token, len), SL_OK);
    stop();
    fake_end();
}
END_TEST

START_TEST(an_aborted_checkpoint_leaves_nothing)
{
    void *token;
    uint64_t len;

    fake_begin();
    settings();
    fake_list("partition", "country", NULL);
    start();
    give(some_rows(100));
    prepare(1, &token, &len);

    ck_assert_int_eq(sl_files_abort(writer, NULL, token, len), SL_OK);
    ck_assert_int_eq(sl_files_abort(writer, NULL, token, len), SL_OK);

    ck_assert_str_eq(fake_files(), "");
    fake_table.release(token);
    stop();
    fake_end();
}
END_TEST

START_TEST(a_token_can_be_committed_by_another_instance)
{
    void *token;
    void *state;
    uint64_t len;
    uint64_t state_len;

    fake_begin();
    settings();
    start();
    give(some_rows(100));
    prepare(4, &token, &len);
    ck_assert_int_eq(sl_files_snapshot(writer, 4, &state, &state_len), SL_OK);
    stop();

    ck_assert_int_eq(sl_files_create(&fake_table, NULL, NULL, &lines_format, &writer), SL_OK);
    ck_assert_int_eq(sl_files_restore(writer, state, state_len), SL_OK);
    ck_assert_int_eq(sl_files_open(writer, NULL), SL_OK);
    ck_assert_int_eq(commit_once(token, len), SL_OK);
    give(some_rows(1));
    checkpoint(5);

    ck_assert_uint_eq(check_ids(101, 1), 2);
    ck_assert_ptr_nonnull(strstr(fake_files(), "t/clicks-files-5-1-0-0-"));
    ck_assert_int_eq(sl_files_restore(writer, state, 3), SL_E_DATA);
    fake_table.release(token);
    fake_table.release(state);
    stop();
    fake_end();
}
END_TEST

START_TEST(damaged_tokens_are_refused)
{
    uint8_t *copy;
    void *token;
    uint64_t len;

    fake_begin();
    settings();
    start();
    give(some_rows(10));
    prepare(1, &token, &len);
    copy = malloc(len);

    for (uint64_t n = 1; n < len; n++) {
        memcpy(copy, token, n);
        ck_assert_int_eq(commit_once(copy, n), SL_E_FATAL);
    }
    for (uint64_t n = 0; n < 16; n++) {
        memcpy(copy, token, len);
        copy[n] ^= 0x81;
        if (n != 6 && n != 7) /* reserved */
            ck_assert_int_eq(commit_once(copy, len), SL_E_FATAL);
    }

    free(copy);
    ck_assert_int_eq(sl_files_abort(writer, NULL, token, len), SL_OK);
    fake_table.release(token);
    stop();
    fake_end();
}
END_TEST

START_TEST(big_files_go_in_parts_also_through_a_late_store)
{
    for (int is_late = 0; is_late < 2; is_late++) {
        fake_begin();
        settings();
        padding = 100000;
        fake.is_late = is_late;
        start();

        for (int i = 0; i < 60; i++)
            give(some_rows(10)); /* 1 MB */
        checkpoint(1);

        ck_assert_uint_eq(check_ids(600, 1), 1);
        stop();
        fake_end();
    }
}
END_TEST

START_TEST(closing_without_a_commit_removes_what_was_begun)
{
    fake_begin();
    settings();
    padding = 100000;
    fake_set("roll.rows", "15");
    start();
    for (int i = 0; i < 20; i++)
        give(some_rows(10));
    ck_assert_str_ne(fake_files(), "");

    stop();

    ck_assert_str_eq(fake_files(), "");
    fake_end();
}
END_TEST

/* One whole life with two checkpoints; whatever fails once is tried again. */
static void one_life(void)
{
    fake_list("partition", "country", NULL);
    fake_set("roll.rows", "6");
    again_after = 5;
    start();
    for (uint64_t n = 1; n <= 2; n++) {
        give(some_rows(23));
        give(some_rows(9));
        checkpoint(n);
    }
}

START_TEST(any_allocation_may_fail_once_and_no_row_is_lost_or_doubled)
{
    int met = 1;

    for (uint64_t n = 1; met; n++) {
        fake_begin();
        settings();
        fake.alloc_fail_at = n;
        one_life();
        met = fake.allocs >= n;
        (void)check_ids(64, 1);
        ck_assert_uint_eq(fake.used, 64);
        stop();
        fake_end();
    }
}
END_TEST

/* A life that a failure of the store ends: like the host, start again after the last commit. */
static void life_with_restarts(void)
{
    uint32_t committed = 0;
    uint64_t n = 1;
    int restarts = 0;

    while (committed < 60) {
        void *token = NULL;
        uint64_t len = 0;
        sl_batch *batch;
        sl_status rc;

        next_id = committed;
        batch = some_rows(20);
        rc = sl_files_ops.process(writer, CALL, 0, batch);
        if (rc == SL_E_RETRY)
            rc = sl_files_ops.process(writer, CALL, 0, batch);
        fake_table.rows->unref(batch);
        if (rc == SL_OK)
            rc = sl_files_prepare(writer, NULL, n, &token, &len);
        if (rc == SL_E_RETRY)
            rc = sl_files_prepare(writer, NULL, n, &token, &len);
        if (rc == SL_OK) {
            INSIST(commit_once(token, len));
            committed += 20;
            n++;
        } else {
            ck_assert_int_eq(rc, SL_E_FATAL);
            ck_assert_int_lt(restarts++, 2);
            stop();
            start();
        }
        fake_table.release(token);
    }
}

START_TEST(any_file_call_may_fail_once_and_no_row_is_lost_or_doubled)
{
    static const int errors[] = {EIO, ENOSPC};
    int met = 1;

    for (size_t e = 0; e < sizeof errors / sizeof *errors; e++) {
        for (uint64_t n = 1; met || n == 1; n++) {
            fake_begin();
            settings();
            fake_list("partition", "country", NULL);
            fake.fail_at = n;
            fake.fail_errno = errors[e];
            fake.write_at_most = 11;
            start();
            life_with_restarts();
            met = fake.calls >= n;
            fake_heal();
            (void)check_ids(60, 1);
            stop();
            fake_end();
        }
        met = 1;
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
        sl_batch *batch;

        fake_begin();
        settings();
        fake_list("partition", "country", NULL);
        start();
        fake.fail_from = n;
        batch = some_rows(20);
        rc = sl_files_ops.process(writer, NULL, 0, batch);
        if (rc == SL_OK)
            rc = sl_files_prepare(writer, NULL, 1, &token, &len);
        if (rc == SL_OK)
            (void)commit_once(token, len); /* dies at some point, or not at all */
        met = fake.calls >= n;
        fake_table.rows->unref(batch);
        stop();

        fake_heal();
        start();
        if (rc == SL_OK) {
            ck_assert_int_eq(commit_once(token, len), SL_OK);
            ck_assert_uint_eq(check_ids(20, 1), 4);
        } else {
            ck_assert_ptr_null(strstr(fake_files(), "/clicks"));
        }
        fake_table.release(token);
        stop();
        fake_end();
    }
}
END_TEST

SUITE("files", files_appear_at_commit_with_a_record_each, rows_go_to_the_folder_of_their_partition,
      every_row_is_in_one_file_however_many_partitions_are_open,
      rows_without_a_time_go_to_the_dead_letters_and_null_to_its_folder,
      a_file_rolls_by_rows_size_age_and_at_the_formats_wish,
      rows_that_a_format_refuses_are_not_counted_as_used, a_checkpoint_without_rows_has_no_token,
      an_aborted_checkpoint_leaves_nothing, a_token_can_be_committed_by_another_instance,
      damaged_tokens_are_refused, big_files_go_in_parts_also_through_a_late_store,
      closing_without_a_commit_removes_what_was_begun,
      any_allocation_may_fail_once_and_no_row_is_lost_or_doubled,
      any_file_call_may_fail_once_and_no_row_is_lost_or_doubled,
      after_a_crash_at_any_call_the_stored_token_makes_it_whole)
