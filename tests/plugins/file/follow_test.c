/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/plugins/file/follow_test.c - the source `file` on files that grow, move and shrink.
 *
 * Time is the harness's: files are looked at each 250 ms of it, and one without a name is read for
 * 5 s more.
 */
#include "tests/plugins/file/world.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define POLL "300ms"

START_TEST(lines_come_as_they_are_written)
{
    slc *h;

    world_begin();
    put_file("a.log", "one\ntw");
    h = source("path: a.log\nfollow: true");
    expect_text(h, "one\n");

    append("a.log", "o\nthree\n");
    expect_text(h, "");
    slc_advance(h, POLL);
    expect_text(h, "two\nthree\n");

    slc_advance(h, "1h");
    append("a.log", "four\n");
    slc_advance(h, POLL);
    expect_text(h, "four\n");
    world_end(h);
}
END_TEST

START_TEST(a_file_that_is_not_there_yet_is_waited_for)
{
    slc *h;

    world_begin();
    h = source("path: [a.log, '*.txt']\nfollow: true");
    slc_advance(h, "10s");
    ck_assert(!strstr(slc_log(h), "\"level\":\"error\""));

    put_file("a.log", "1\n");
    put_file("b.txt", "2\n");
    slc_advance(h, POLL);

    expect_text(h, "1\n2\n");
    world_end(h);
}
END_TEST

START_TEST(a_renamed_file_is_read_to_its_end_and_the_new_one_from_its_start)
{
    slc *h;

    world_begin();
    put_file("a.log", "1\n");
    h = source("path: a.log\nfollow: true");
    expect_text(h, "1\n");

    append("a.log", "2\n");
    ck_assert_int_eq(rename("a.log", "a.log.1"), 0);
    put_file("a.log", "3\n");
    slc_advance(h, POLL);
    append("a.log.1", "late\n"); /* its writer has not noticed yet */
    slc_advance(h, POLL);

    expect_text(h, "2\n3\nlate\n");
    world_end(h);
}
END_TEST

START_TEST(a_renamed_file_that_still_matches_is_not_read_twice)
{
    slc *h;

    world_begin();
    put_file("a.log", "1\n");
    h = source("path: 'a.log*'\nfollow: true");
    expect_text(h, "1\n");

    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(system("for i in 4 3 2 1; do test -e a.log.$i && mv a.log.$i "
                                "a.log.$((i+1)); done; mv a.log a.log.1"),
                         0);
        put_file("a.log", "new\n");
        append("a.log.1", "more\n");
        slc_advance(h, "20s");
        append("a.log.1", "late\n");
        slc_advance(h, POLL);
        ck_assert_uint_ge(slc_rows(h, 0), 3);
    }

    slc_drop(h, 0);
    slc_advance(h, "1h");
    expect_text(h, "");
    world_end(h);
}
END_TEST

START_TEST(a_rename_while_the_run_was_down_loses_and_repeats_nothing)
{
    slc *h;

    world_begin();
    put_file("a.log", "1\n");
    h = source("path: 'a.log*'\nfollow: true");
    append("a.log", "2\n");
    ck_assert_int_eq(rename("a.log", "a.log.1"), 0);
    put_file("a.log", "3\n");

    ck_assert(slc_crash_and_restore(h));
    slc_advance(h, POLL);

    expect_text(h, "1\n2\n3\n");
    world_end(h);
}
END_TEST

START_TEST(a_restart_goes_on_behind_the_checkpoint)
{
    slc *h;

    world_begin();
    put_file("a.log", "1\n");
    put_file("b.log", "2\n");
    h = source("path: '*.log'\nfollow: true");
    ck_assert(slc_crash_and_restore(h));
    append("a.log", "3\n");
    ck_assert(slc_crash_and_restore(h));
    append("b.log", "4\n");
    slc_advance(h, POLL);

    expect_text(h, "1\n2\n3\n4\n");
    world_end(h);
}
END_TEST

START_TEST(a_file_that_is_cut_off_is_read_anew)
{
    slc *h;

    world_begin();
    put_file("a.log", "one\ntwo\nthr");
    h = source("path: a.log\nfollow: true");
    expect_text(h, "one\ntwo\n");

    put_file("a.log", "x\n");
    slc_advance(h, POLL);

    expect_text(h, "x\n");
    ck_assert(slc_log_has(h, "file.shorter"));
    world_end(h);
}
END_TEST

START_TEST(a_file_that_is_cut_off_and_grows_past_the_place_at_once_is_read_anew)
{
    slc *h;

    world_begin();
    put_file("a.log", "10:00 one\n");
    h = source("path: a.log\nfollow: true");
    expect_text(h, "10:00 one\n");
    slc_advance(h, POLL);

    put_file("a.log", "10:01 two\n10:02 three\n");
    slc_advance(h, POLL);

    expect_text(h, "10:01 two\n10:02 three\n");
    ck_assert(slc_log_has(h, "file.shorter"));
    world_end(h);
}
END_TEST

START_TEST(a_file_that_was_cut_off_while_the_run_was_down_is_read_anew)
{
    static const char *const later[] = {"x\n", "", "10:02 three and more\n"};

    for (size_t i = 0; i < sizeof later / sizeof *later; i++) {
        slc *h;

        world_begin();
        put_file("a.log", "10:00 one\n");
        h = source("path: a.log\nfollow: true");
        expect_text(h, "10:00 one\n");

        put_file("a.log", later[i]);
        ck_assert(slc_crash_and_restore(h));
        slc_advance(h, POLL);

        expect_text(h, later[i]);
        append("a.log", "y\n");
        slc_advance(h, POLL);
        expect_text(h, "y\n");
        world_end(h);
    }
}
END_TEST

START_TEST(a_removed_file_gives_its_last_line_even_without_an_end)
{
    slc *h;

    world_begin();
    put_file("a.log", "1\nlast");
    h = source("path: '*.log'\nfollow: true");
    expect_text(h, "1\n");

    ck_assert_int_eq(unlink("a.log"), 0);
    slc_advance(h, "2s");
    expect_text(h, "");
    slc_advance(h, "5s");

    expect_text(h, "last");
    world_end(h);
}
END_TEST

/* How many descriptors of files below the folder are open. */
static int open_files(void)
{
    char path[512];
    char target[512];
    int n = 0;

    for (int fd = 3; fd < 256; fd++) {
        ssize_t len;

        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        len = readlink(path, target, sizeof target - 1);
        n += len > 0 && !strncmp(target, world_folder, strlen(world_folder));
    }
    return n;
}

START_TEST(descriptors_of_removed_and_of_quiet_files_are_closed)
{
    slc *h;

    world_begin();
    put_file("a.log", "1\n");
    put_file("b.log", "2\n");
    h = source("path: '*.log'\nfollow: true");
    ck_assert_int_eq(open_files(), 2);

    ck_assert_int_eq(unlink("a.log"), 0);
    slc_advance(h, "6s");
    ck_assert_int_eq(open_files(), 1);
    slc_advance(h, "10m");
    ck_assert_int_eq(open_files(), 0);

    append("b.log", "3\n");
    slc_advance(h, POLL);
    expect_text(h, "1\n2\n3\n");
    world_end(h);
}
END_TEST

START_TEST(an_inode_that_is_used_again_is_a_new_file)
{
    struct stat st;
    ino_t inode;
    slc *h;

    world_begin();
    put_file("a.log", "old\n");
    ck_assert_int_eq(stat("a.log", &st), 0);
    inode = st.st_ino;
    h = source("path: '*.log'\nfollow: true");
    expect_text(h, "old\n");
    ck_assert_int_eq(unlink("a.log"), 0);
    slc_advance(h, "10s");

    for (int i = 0; i < 50; i++) { /* file systems differ in what they give out next */
        char name[32];

        (void)snprintf(name, sizeof name, "n%d", i);
        put_file(name, "new file\n");
        ck_assert_int_eq(stat(name, &st), 0);
        if (st.st_ino != inode)
            continue;
        ck_assert_int_eq(rename(name, "b.log"), 0);
        slc_advance(h, POLL);
        expect_text(h, "new file\n");
        break;
    }
    world_end(h);
}
END_TEST

START_TEST(a_second_name_of_a_file_changes_nothing)
{
    slc *h;

    world_begin();
    put_file("a.log", "1\n");
    ck_assert_int_eq(link("a.log", "b.log"), 0);
    h = source("path: '*.log'\nfollow: true");
    append("b.log", "2\n");
    slc_advance(h, POLL);
    ck_assert_int_eq(unlink("a.log"), 0);
    slc_advance(h, "10s");
    append("b.log", "3\n");
    slc_advance(h, POLL);

    expect_text(h, "1\n2\n3\n");
    world_end(h);
}
END_TEST

START_TEST(newest_begins_with_the_next_line_and_reads_later_files_whole)
{
    slc *h;

    world_begin();
    put_file("a.log", "old\nhalf");
    put_file("e.log", "");
    h = source("path: '*.log'\nfollow: true\nstart: newest");
    slc_advance(h, "1s");
    expect_text(h, "");

    append("a.log", " of it\nnew\n");
    append("e.log", "e\n");
    put_file("b.log", "b\n");
    slc_advance(h, POLL);

    expect_text(h, "e\nb\nnew\n");
    world_end(h);
}
END_TEST

START_TEST(newest_holds_its_place_over_a_restart)
{
    slc *h;

    world_begin();
    put_file("a.log", "old\n");
    h = source("path: '*.log'\nfollow: true\nstart: newest");
    slc_advance(h, "1s");
    append("a.log", "while down\n");
    put_file("b.log", "b\n");

    ck_assert(slc_crash_and_restore(h));
    slc_advance(h, "1s");

    expect_text(h, "while down\nb\n");
    world_end(h);
}
END_TEST

START_TEST(newest_leaves_out_what_is_compressed)
{
    slc *h;

    world_begin();
    put_file("a", "old\n");
    ck_assert_int_eq(system("gzip a"), 0);
    h = source("path: '*.gz'\nfollow: true\nstart: newest");
    put_file("b", "new\n");
    ck_assert_int_eq(system("gzip b"), 0);
    slc_advance(h, "1s");

    expect_text(h, "new\n");
    world_end(h);
}
END_TEST

START_TEST(a_compressed_file_is_read_as_it_is_written)
{
    static char all[200000];
    static char packed[200000];
    size_t n;
    FILE *f;
    slc *h;

    world_begin();
    for (size_t i = 0; i < sizeof all - 1; i++)
        all[i] = i % 50 == 49 ? '\n' : (char)('a' + (i * i + i / 7) % 23);
    put_file("all", all);
    ck_assert_int_eq(system("gzip < all > packed"), 0);
    f = fopen("packed", "rb");
    n = fread(packed, 1, sizeof packed, f);
    (void)fclose(f);
    put_bytes("a.gz", "wb", packed, 1);
    h = source("path: a.gz\nfollow: true");

    for (size_t at = 1; at < n; at += n / 10) {
        put_bytes("a.gz", "ab", packed + at, n - at < n / 10 ? n - at : n / 10);
        slc_advance(h, POLL);
    }
    ck_assert_int_eq(unlink("a.gz"), 0);
    slc_advance(h, "10s");

    expect_text(h, all);
    ck_assert(!strstr(slc_log(h), "\"level\":\"error\""));
    world_end(h);
}
END_TEST

START_TEST(a_compressed_file_that_stays_half_is_reported_when_it_goes)
{
    slc *h;

    world_begin();
    put_file("all", "some text that is long enough\n");
    ck_assert_int_eq(system("gzip < all | head -c 25 > a.gz"), 0);
    put_file("b.gz", "good\n");
    h = source("path: '*.gz'\nfollow: true");
    slc_advance(h, "1s");
    ck_assert(!slc_log_has(h, "file.truncated"));

    ck_assert_int_eq(unlink("a.gz"), 0);
    slc_advance(h, "10s");

    ck_assert(slc_log_has(h, "file.truncated"));
    append("b.gz", "more\n");
    slc_advance(h, POLL);
    (void)slc_rows(h, 0);
    world_end(h);
}
END_TEST

START_TEST(calls_that_fail_are_tried_again_and_told_once)
{
    static const char *const calls[] = {"open", "pread", "fstat", "stat", "list"};

    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        slc *h;

        world_begin();
        put_file("a.log", "1\n");
        slc_fail_os(NULL, calls[i], 1, EIO, 1);
        h = source("path: '*.log'\nfollow: true");
        slc_advance(h, "30s");
        append("a.log", "2\n");
        slc_fail_os(NULL, NULL, 0, 0, 0);
        slc_advance(h, "1s");
        slc_fail_os(NULL, calls[i], 1, EIO, 1);
        append("a.log", "3\n");
        slc_advance(h, "30s");
        slc_fail_os(NULL, NULL, 0, 0, 0);
        slc_advance(h, "1s");

        expect_text(h, "1\n2\n3\n");
        ck_assert_msg(!slc_problem(h), "%s", calls[i]);
        ck_assert_msg(strlen(slc_log(h)) < 4000, "%s", slc_log(h));
        world_end(h);
    }
}
END_TEST

/* A story with growth, a rename and a cut; everything must come, and nothing twice. */
static int story(void)
{
    slc *h = slc_new("source: file", "path: 'a.log*'\nfollow: true\nblock: 4KiB\npoll: 5s");
    int fine = !slc_problem(h);

    if (fine) {
        append("a.log", "2\n");
        slc_advance(h, "60s");
        (void)rename("a.log", "a.log.1");
        put_file("a.log", "3\n");
        slc_advance(h, "60s");
        append("a.log", "4\n");
        slc_advance(h, "60s");
        fine = !slc_problem(h) && !strstr(slc_log(h), "\"level\":\"error\"");
    }
    if (fine)
        expect_text(h, "1\n2\n3\n4\n");
    ck_assert_uint_eq(slc_free(h), 0);
    return fine;
}

START_TEST(memory_that_is_short_at_any_call_loses_nothing)
{
    uint64_t fine = 0;
    uint64_t n = 1;

    world_begin();
    for (;; n++) {
        ck_assert_int_eq(system("rm -f a.log*"), 0);
        put_file("a.log", "1\n");
        slc_fail_alloc(NULL, n);
        fine += (uint64_t)story();
        if (slc_allocs() < n)
            break;
        if (n > 40)
            n += n / 10; /* by then only polls allocate */
    }
    slc_fail_alloc(NULL, 0);
    ck_assert_uint_gt(fine, 20);
    world_end(NULL);
}
END_TEST

START_TEST(file_calls_that_fail_once_lose_nothing)
{
    static const char *const calls[] = {"open", "pread", "fstat", "stat", "list", "close"};

    world_begin();
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        for (uint64_t n = 1; n < 60; n++) {
            ck_assert_int_eq(system("rm -f a.log*"), 0);
            put_file("a.log", "1\n");
            slc_fail_os(NULL, calls[i], n, EIO, 0);
            (void)story();
            if (slc_os_calls() < n)
                break;
        }
    }
    slc_fail_os(NULL, NULL, 0, 0, 0);
    world_end(NULL);
}
END_TEST

SUITE("follow", lines_come_as_they_are_written, a_file_that_is_not_there_yet_is_waited_for,
      a_renamed_file_is_read_to_its_end_and_the_new_one_from_its_start,
      a_renamed_file_that_still_matches_is_not_read_twice,
      a_rename_while_the_run_was_down_loses_and_repeats_nothing,
      a_restart_goes_on_behind_the_checkpoint, a_file_that_is_cut_off_is_read_anew,
      a_file_that_is_cut_off_and_grows_past_the_place_at_once_is_read_anew,
      a_file_that_was_cut_off_while_the_run_was_down_is_read_anew,
      a_removed_file_gives_its_last_line_even_without_an_end,
      descriptors_of_removed_and_of_quiet_files_are_closed,
      an_inode_that_is_used_again_is_a_new_file, a_second_name_of_a_file_changes_nothing,
      newest_begins_with_the_next_line_and_reads_later_files_whole,
      newest_holds_its_place_over_a_restart, newest_leaves_out_what_is_compressed,
      a_compressed_file_is_read_as_it_is_written,
      a_compressed_file_that_stays_half_is_reported_when_it_goes,
      calls_that_fail_are_tried_again_and_told_once, memory_that_is_short_at_any_call_loses_nothing,
      file_calls_that_fail_once_lose_nothing)
