/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/plugins/stdout/stdout_test.c - the sink `stdout`: every byte once, or a clear error.
 *
 * Descriptor 1 of the test's process is a file while a story runs, and the old one afterwards, so
 * that Check's report comes through.
 */
#include "tests/lib/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sluice/check.h>
#include <sluice/sdk.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int old_out = -1;
static char name[32];
static char got[1 << 20];

static void out_begin(void)
{
    int fd;

    (void)fflush(stdout);
    (void)snprintf(name, sizeof name, "/tmp/sluice-out-XXXXXX");
    fd = mkstemp(name);
    ck_assert_int_ge(fd, 0);
    old_out = dup(1);
    ck_assert_int_eq(dup2(fd, 1), 1);
    (void)close(fd);
}

static void out_restore(void)
{
    (void)dup2(old_out, 1);
    (void)close(old_out);
}

/* What was written, and the end of the file. */
static const char *out_end(void)
{
    FILE *f = fopen(name, "rb");
    size_t n;

    out_restore();
    ck_assert_ptr_nonnull(f);
    n = fread(got, 1, sizeof got - 1, f);
    got[n] = 0;
    (void)fclose(f);
    (void)unlink(name);
    return got;
}

START_TEST(each_payload_is_a_line)
{
    slc *h;

    out_begin();
    h = slc_new("sink: stdout", NULL);
    (void)slc_push_text(h, "one", 0);
    (void)slc_push_text(h, "two\n", 0);
    (void)slc_push_text(h, "", 0);
    (void)slc_push_json(h, "[{\"payload\": \"text\"}, {\"payload\": {\"$bin\": \"0041\"}}]");
    ck_assert(slc_end(h));
    (void)out_end();

    ck_assert_uint_eq(slc_free(h), 0);
    ck_assert_int_eq(memcmp(got, "one\ntwo\n\ntext\n\0A\n", 17), 0);
}
END_TEST

START_TEST(line_ends_can_be_left_out)
{
    slc *h;

    out_begin();
    h = slc_new("sink: stdout", "newline: false");
    (void)slc_push_text(h, "one", 0);
    (void)slc_push_text(h, "two\n", 0);
    ck_assert(slc_end(h));
    (void)out_end();

    ck_assert_uint_eq(slc_free(h), 0);
    ck_assert_str_eq(got, "onetwo\n");
}
END_TEST

START_TEST(what_was_taken_is_written_before_the_next_barrier)
{
    slc *h;

    out_begin();
    h = slc_new("sink: stdout", NULL);
    (void)slc_push_text(h, "one", 0);
    ck_assert(slc_barrier(h));
    ck_assert_int_eq((int)lseek(1, 0, SEEK_CUR), 4);
    ck_assert(slc_end(h));
    (void)out_end();

    ck_assert_uint_eq(slc_free(h), 0);
}
END_TEST

START_TEST(records_without_a_payload_are_dead_letters)
{
    uint64_t in;
    uint64_t used;
    uint64_t filtered;
    uint64_t dead;
    slc *h;

    out_begin();
    h = slc_new("sink: stdout", NULL);
    (void)slc_push_json(h, "[{\"a\": 1}, {\"payload\": \"x\"}, {\"payload\": 3}]");
    slc_counts(h, &in, &used, &filtered, &dead);
    ck_assert(slc_end(h));
    (void)out_end();

    ck_assert_str_eq(got, "x\n");
    ck_assert_uint_eq(used, 1);
    ck_assert_uint_eq(dead, 2);
    ck_assert_ptr_nonnull(strstr(slc_rejects(h), "stdout.payload"));
    ck_assert_uint_eq(slc_free(h), 0);
}
END_TEST

START_TEST(short_writes_and_interruptions_lose_nothing)
{
    static char big[200001];

    memset(big, 'x', sizeof big - 1);
    for (uint64_t n = 1; n < 12; n++) {
        slc *h;

        out_begin();
        slc_fail_os(NULL, "write", n, n % 2 ? 0 : EAGAIN, n > 8 && n % 2);
        h = slc_new("sink: stdout", NULL);
        (void)slc_push_text(h, "one", 0);
        (void)slc_push_text(h, big, 0);
        (void)slc_push_text(h, "two", 0);
        ck_assert(slc_end(h));
        (void)out_end();
        slc_fail_os(NULL, NULL, 0, 0, 0);

        ck_assert_uint_eq(slc_free(h), 0);
        ck_assert_uint_eq(strlen(got), 4 + 200001 + 4);
        ck_assert_int_eq(memcmp(got, "one\nxxx", 7), 0);
        ck_assert_str_eq(got + strlen(got) - 6, "x\ntwo\n");
    }
}
END_TEST

START_TEST(a_reader_that_went_away_ends_the_run_with_a_clear_error)
{
    int end[2];
    char text[256];
    slc *h;

    (void)signal(SIGPIPE, SIG_IGN);
    (void)fflush(stdout);
    old_out = dup(1);
    ck_assert_int_eq(pipe(end), 0);
    (void)dup2(end[1], 1);
    (void)close(end[0]);
    (void)close(end[1]);
    h = slc_new("sink: stdout", NULL);
    (void)slc_push_text(h, "one", 0);
    (void)snprintf(text, sizeof text, "%s", slc_problem(h) ? slc_problem(h) : "none");
    out_restore();

    ck_assert_msg(strstr(text, "stdout.closed") != NULL, "%s", text);
    ck_assert_uint_eq(slc_free(h), 0);
}
END_TEST

START_TEST(a_full_disk_is_an_error)
{
    char text[256];
    slc *h;

    out_begin();
    slc_fail_os(NULL, "write", 1, ENOSPC, 0);
    h = slc_new("sink: stdout", NULL);
    (void)slc_push_text(h, "one", 0);
    (void)snprintf(text, sizeof text, "%s", slc_problem(h) ? slc_problem(h) : "none");
    (void)out_end();
    slc_fail_os(NULL, NULL, 0, 0, 0);

    ck_assert_msg(strstr(text, "stdout.write") && strstr(text, "space"), "%s", text);
    ck_assert_uint_eq(slc_free(h), 0);
}
END_TEST

/* Empties a pipe after a while. */
static void *slow_reader(void *arg)
{
    static char buf[65536];
    uint64_t total = 0;
    ssize_t n;

    (void)usleep(50000);
    while ((n = read(*(int *)arg, buf, sizeof buf)) > 0)
        total += (uint64_t)n;
    *(int *)arg = (int)total;
    return NULL;
}

START_TEST(a_pipe_that_does_not_block_is_waited_for)
{
    static char big[300001];
    pthread_t reader;
    int end[2];
    slc *h;

    memset(big, 'x', sizeof big - 1);
    (void)fflush(stdout);
    old_out = dup(1);
    ck_assert_int_eq(pipe(end), 0);
    ck_assert_int_eq(fcntl(end[1], F_SETFL, O_NONBLOCK), 0);
    (void)dup2(end[1], 1);
    (void)close(end[1]);
    ck_assert_int_eq(pthread_create(&reader, NULL, slow_reader, &end[0]), 0);
    h = slc_new("sink: stdout", NULL);
    (void)slc_push_text(h, big, 0);
    ck_assert(slc_end(h));
    out_restore();
    ck_assert_int_eq(pthread_join(reader, NULL), 0);

    ck_assert_int_eq(end[0], 300001);
    ck_assert_uint_eq(slc_free(h), 0);
}
END_TEST

START_TEST(the_class_conforms)
{
    char *text;

    out_begin();
    text = slc_conform("sink: stdout", NULL);
    (void)out_end();

    ck_assert_msg(!text, "%s", text);
}
END_TEST

SUITE("stdout", each_payload_is_a_line, line_ends_can_be_left_out,
      what_was_taken_is_written_before_the_next_barrier, records_without_a_payload_are_dead_letters,
      short_writes_and_interruptions_lose_nothing,
      a_reader_that_went_away_ends_the_run_with_a_clear_error, a_full_disk_is_an_error,
      a_pipe_that_does_not_block_is_waited_for, the_class_conforms)
