/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/plugins/file/stdin_test.c - the source `stdin`: files, pipes, and nothing at all.
 *
 * Descriptor 0 of the test's process is set to what a story needs. The harness's world watches no
 * descriptors by itself: a pipe is read after slc_advance.
 */
#include "tests/plugins/file/world.h"

#include <errno.h>
#include <fcntl.h>

/* The other end of the pipe that standard input is. */
static int pipe_in(void)
{
    int end[2];

    ck_assert_int_eq(pipe(end), 0);
    ck_assert_int_eq(dup2(end[0], 0), 0);
    ck_assert_int_eq(close(end[0]), 0);
    return end[1];
}

static void file_in(const char *name, off_t at)
{
    int fd = open(name, O_RDONLY);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(dup2(fd, 0), 0);
    ck_assert_int_eq(close(fd), 0);
    ck_assert_int_eq((int)lseek(0, at, SEEK_SET), (int)at);
}

static slc *stdin_source(const char *settings)
{
    slc *h = slc_new("source: stdin", settings);

    ck_assert_msg(!slc_problem(h), "%s", slc_problem(h) ? slc_problem(h) : "");
    return h;
}

START_TEST(a_file_is_read_from_where_it_stands)
{
    slc *h;

    world_begin();
    put_file("f", "header\n1\n2");
    file_in("f", 7);
    h = stdin_source(NULL);

    expect_text(h, "1\n2");

    ck_assert(slc_end(h));
    ck_assert_int_ge(fcntl(0, F_GETFD), 0); /* descriptor 0 stays */
    world_end(h);
}
END_TEST

START_TEST(compressed_input_is_expanded)
{
    const uint8_t *got;
    uint64_t len;
    slc *h;

    world_begin();
    put_file("f", "1\n2\n");
    ck_assert_int_eq(system("gzip f"), 0);
    file_in("f.gz", 0);
    h = stdin_source(NULL);

    expect_text(h, "1\n2\n");
    ck_assert(slc_end(h));
    ck_assert_uint_eq(slc_free(h), 0);
    file_in("f.gz", 0);
    h = stdin_source("compression: none");
    got = slc_pull_payload(h, 0, &len);
    ck_assert_uint_gt(len, 20);
    ck_assert_uint_eq(got[1], 0x8b);
    world_end(h);
}
END_TEST

START_TEST(an_empty_input_is_an_empty_run)
{
    slc *h;

    world_begin();
    file_in("/dev/null", 0);
    h = stdin_source(NULL);

    ck_assert(slc_end(h));
    ck_assert_uint_eq(slc_rows(h, 0), 0);
    ck_assert(!strstr(slc_log(h), "\"level\":\"error\""));
    world_end(h);
}
END_TEST

START_TEST(a_closed_input_is_reported)
{
    slc *h;

    world_begin();
    ck_assert_int_eq(close(0), 0);
    h = stdin_source(NULL);

    ck_assert(slc_end(h));

    ck_assert(slc_log_has(h, "stdin.closed"));
    world_end(h);
}
END_TEST

START_TEST(a_folder_is_reported)
{
    slc *h;

    world_begin();
    file_in("/", 0);
    h = stdin_source(NULL);

    ck_assert(slc_end(h));

    ck_assert_ptr_nonnull(strstr(slc_log(h), "standard input is a folder"));
    world_end(h);
}
END_TEST

START_TEST(a_pipe_is_read_as_it_comes_and_never_waited_for)
{
    slc *h;
    int end;

    world_begin();
    end = pipe_in();
    h = stdin_source(NULL);
    expect_text(h, "");

    ck_assert_int_eq((int)write(end, "one\ntw", 6), 6);
    slc_advance(h, "1s");
    expect_text(h, "one\n");
    ck_assert_int_eq((int)write(end, "o\n", 2), 2);
    slc_advance(h, "1s");
    expect_text(h, "two\n");
    ck_assert_int_eq((int)write(end, "last", 4), 4);
    ck_assert_int_eq(close(end), 0);
    slc_advance(h, "1s");

    expect_text(h, "last");
    ck_assert(slc_end(h));
    world_end(h);
}
END_TEST

START_TEST(memory_that_is_short_at_any_call_loses_nothing_of_a_pipe)
{
    static const char text[] = "one\ntwo\nthree\n";
    uint64_t whole = 0;
    uint64_t n = 1;

    world_begin();
    for (;; n++) {
        int end = pipe_in();
        slc *h;

        slc_fail_alloc(NULL, n);
        h = slc_new("source: stdin", NULL);
        ck_assert_int_eq((int)write(end, text, sizeof text - 1), sizeof text - 1);
        ck_assert_int_eq(close(end), 0);
        slc_advance(h, "60s");
        if (slc_end(h) && !strstr(slc_log(h), "\"level\":\"error\"")) {
            expect_text(h, text);
            whole++;
        }
        ck_assert_uint_eq(slc_free(h), 0);
        if (slc_allocs() < n)
            break;
    }
    slc_fail_alloc(NULL, 0);
    ck_assert_uint_gt(whole, 4);
    world_end(NULL);
}
END_TEST

START_TEST(a_restart_goes_on_in_the_same_file_and_reads_another_anew)
{
    static char lines[400001];
    uint64_t len;
    slc *h;

    world_begin();
    for (size_t i = 0; i < sizeof lines - 1; i++)
        lines[i] = i % 100 == 99 ? '\n' : (char)('a' + i / 100 % 26);
    put_file("f", lines);
    put_file("g", lines);
    file_in("f", 0);
    slc_fail_alloc(NULL, 9); /* holds the reading up in the middle */
    h = stdin_source(NULL);
    ck_assert_uint_gt(slc_rows(h, 0), 0);
    ck_assert_uint_lt(slc_rows(h, 0), 3);

    file_in("f", 0);
    slc_fail_alloc(NULL, 9);
    ck_assert(slc_crash_and_restore(h));
    slc_fail_alloc(NULL, 0);
    ck_assert_uint_lt(slc_rows(h, 0), 4);
    file_in("f", 0);
    ck_assert(slc_crash_and_restore(h));
    expect_text(h, lines);
    ck_assert_uint_eq(slc_free(h), 0);

    file_in("f", 0);
    slc_fail_alloc(NULL, 9);
    h = stdin_source(NULL);
    slc_drop(h, 0);
    file_in("g", 0);
    slc_fail_alloc(NULL, 0);
    ck_assert(slc_crash_and_restore(h));
    (void)slc_pull_payload(h, 0, &len);
    ck_assert_uint_eq(len, sizeof lines - 1);
    world_end(h);
}
END_TEST

START_TEST(a_read_that_fails_is_told)
{
    slc *h;

    world_begin();
    put_file("f", "1\n");
    file_in("f", 0);
    slc_fail_os(NULL, "read", 2, EIO, 0);
    h = stdin_source(NULL);

    ck_assert(slc_end(h));

    ck_assert(slc_log_has(h, "file.read"));
    slc_fail_os(NULL, NULL, 0, 0, 0);
    world_end(h);
}
END_TEST

START_TEST(the_class_conforms)
{
    char *text;

    world_begin();
    file_in("/dev/null", 0);
    text = slc_conform("source: stdin", NULL);
    ck_assert_msg(!text, "%s", text);
    world_end(NULL);
}
END_TEST

SUITE("stdin", a_file_is_read_from_where_it_stands, compressed_input_is_expanded,
      an_empty_input_is_an_empty_run, a_closed_input_is_reported, a_folder_is_reported,
      a_pipe_is_read_as_it_comes_and_never_waited_for,
      memory_that_is_short_at_any_call_loses_nothing_of_a_pipe,
      a_restart_goes_on_in_the_same_file_and_reads_another_anew, a_read_that_fails_is_told,
      the_class_conforms)
