/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/plugins/file/source_test.c - the source `file` on files that do not grow.
 *
 * Which files are read, in ranges too; what happens to those that can't be; restarts and failures
 * at every call. The class runs in the harness, on real files.
 */
#include "tests/plugins/file/world.h"

#include <errno.h>
#include <sys/stat.h>

#define LINES_MAX 40000u

static char lines[LINES_MAX];

/* About LEN bytes of lines of changing length. */
static size_t make_lines(size_t len)
{
    size_t n = 0;

    for (uint32_t i = 0; n + 80 < len; i++)
        n += (size_t)snprintf(lines + n, sizeof lines - n, "%u:%.*s\n", i, (int)(i * 7 % 50),
                              "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz");
    return n;
}

START_TEST(files_are_read_in_order_of_their_names)
{
    slc *h;

    world_begin();
    put_file("b.log", "2\n");
    put_file("a.log", "1\n");
    put_file("c.txt", "no\n");
    put_file("empty.log", "");
    h = source("path: '*.log'");

    expect_text(h, "1\n2\n");

    ck_assert(slc_end(h));
    ck_assert(slc_metric(h, "extent_total_bytes") == 4);
    ck_assert(slc_metric(h, "extent_done_bytes") == 4);
    world_end(h);
}
END_TEST

START_TEST(a_file_that_two_patterns_match_is_read_once)
{
    slc *h;

    world_begin();
    put_file("a.log", "1\n");
    h = source("path: [a.log, '*.log']");

    expect_text(h, "1\n");
    world_end(h);
}
END_TEST

START_TEST(a_pattern_that_matches_nothing_is_refused)
{
    slc *h;

    world_begin();
    h = slc_new("source: file", "path: '*.log'");

    ck_assert_ptr_nonnull(slc_problem(h));
    ck_assert_ptr_nonnull(strstr(slc_problem(h), "no file matches \"*.log\""));
    world_end(h);
}
END_TEST

START_TEST(settings_that_contradict_each_other_are_refused)
{
    static const char *const wrong[] = {"path: a\nfollow: true\nframing: whole",
                                        "path: a\nfollow: true\nsplit: 4KiB",
                                        "path: a\nframing: whole\nsplit: 4KiB"};

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        slc *h = slc_new("source: file", wrong[i]);

        ck_assert_msg(slc_problem(h) != NULL, "%s", wrong[i]);
        ck_assert_uint_eq(slc_free(h), 0);
    }
}
END_TEST

/* A run over a good file and another: the good one is read, the other's failure is told. */
static void expect_other_read(const char *settings, const char *code, const char *why)
{
    slc *h = source(settings);

    expect_text(h, "good\n");
    ck_assert(slc_end(h));
    ck_assert(slc_log_has(h, code));
    ck_assert_msg(strstr(slc_log(h), why), "%s", slc_log(h));
    ck_assert_uint_eq(slc_free(h), 0);
}

START_TEST(what_can_not_be_read_is_reported_and_the_others_go_on)
{
    static char settings[6000];

    world_begin();
    put_file("good", "good\n");
    ck_assert_int_eq(mkdir("folder", 0777), 0);
    ck_assert_int_eq(mkfifo("pipe", 0666), 0);
    ck_assert_int_eq(symlink("nowhere", "dangling"), 0);
    ck_assert_int_eq(symlink("loop", "loop"), 0);

    expect_other_read("path: [missing, good]", "file.open", "No such file");
    expect_other_read("path: [folder, good]", "file.open", "is a folder");
    expect_other_read("path: [folder/, good]", "file.open", "is a folder");
    expect_other_read("path: [pipe, good]", "file.open", "is a pipe");
    expect_other_read("path: [/dev/zero, good]", "file.open", "device");
    expect_other_read("path: [dangling, good]", "file.open", "No such file");
    expect_other_read("path: [loop, good]", "file.open", "symbolic links");
    (void)snprintf(settings, sizeof settings, "path: ['%05000d', good]", 7);
    expect_other_read(settings, "file.open", "");
    world_end(NULL);
}
END_TEST

START_TEST(a_file_that_may_not_be_opened_is_reported)
{
    slc *h;

    world_begin();
    put_file("bad", "bad\n");
    put_file("good", "good\n");
    slc_fail_os(NULL, "open", 1, EACCES, 0);
    h = source("path: [bad, good]");

    expect_text(h, "good\n");

    ck_assert(slc_end(h));
    ck_assert_ptr_nonnull(strstr(slc_log(h), "Permission denied"));
    slc_fail_os(NULL, NULL, 0, 0, 0);
    world_end(h);
}
END_TEST

START_TEST(a_shortage_of_descriptors_is_waited_out)
{
    slc *h;

    world_begin();
    put_file("a", "1\n");
    slc_fail_os(NULL, "open", 1, EMFILE, 0);
    h = source("path: a");
    expect_text(h, "");

    slc_advance(h, "10s");

    expect_text(h, "1\n");
    ck_assert(slc_end(h));
    world_end(h);
}
END_TEST

START_TEST(names_with_a_hash_are_names)
{
    slc *h;

    world_begin();
    put_file("a#0-4", "x\ny\n");
    put_file("a#1-9#", "z\n");
    put_file("#", "h\n");
    h = source("path: ['a#0-4', 'a#1-9#', '#']");
    expect_text(h, "x\ny\nz\nh\n");
    ck_assert(slc_end(h));
    ck_assert_uint_eq(slc_free(h), 0);

    h = source("path: ['a#0-4', 'a#1-9#', '#']\nsplit: 1");
    expect_text(h, "x\ny\nz\nh\n");
    ck_assert(slc_end(h));
    world_end(h);
}
END_TEST

/* All bytes that came out of H, sorted by the number that begins each line. */
static void expect_every_line_once(slc *h)
{
    uint64_t len;
    const char *got = (const char *)slc_pull_payload(h, 0, &len);
    static unsigned char seen[LINES_MAX];
    uint32_t n = 0;
    uint32_t want = 0;

    memset(seen, 0, sizeof seen);
    for (const char *at = got; at < got + len; n++) {
        unsigned long number = strtoul(at, NULL, 10);

        ck_assert_uint_lt(number, LINES_MAX);
        ck_assert_msg(!seen[number], "line %lu came twice", number);
        seen[number] = 1;
        at = memchr(at, '\n', (size_t)(got + len - at));
        ck_assert_ptr_nonnull(at);
        at++;
    }
    for (const char *at = lines; *at; at++)
        want += *at == '\n';
    ck_assert_uint_eq(n, want);
    ck_assert_uint_eq(len, strlen(lines));
}

START_TEST(ranges_of_any_size_give_each_line_once_also_after_a_restart)
{
    static const uint32_t sizes[] = {1, 7, 64, 500, 1999, 2000, 2001, 100000};

    world_begin();
    lines[make_lines(2000)] = 0;
    put_file("f", lines);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char settings[64];
        slc *h;

        (void)snprintf(settings, sizeof settings, "path: f\nsplit: %u", sizes[i]);
        for (uint64_t n = 2; n < 40; n++) { /* n - 2 ranges are opened before the restart */
            slc_fail_os(NULL, "open", n, EMFILE, 0);
            h = source(settings);
            if (slc_os_calls() < n && n > 2)
                n = 40;
            else
                ck_assert(slc_crash_and_restore(h));
            expect_every_line_once(h);
            ck_assert(slc_end(h));
            ck_assert_uint_eq(slc_free(h), 0);
        }
    }
    slc_fail_os(NULL, NULL, 0, 0, 0);
    world_end(NULL);
}
END_TEST

START_TEST(one_long_line_in_ranges_is_one_line)
{
    uint64_t len;
    slc *h;

    world_begin();
    memset(lines, 'x', LINES_MAX - 1);
    lines[LINES_MAX - 1] = '\n';
    put_bytes("f", "wb", lines, LINES_MAX);
    h = source("path: f\nsplit: 1000");

    (void)slc_pull_payload(h, 0, &len);

    ck_assert_uint_eq(len, LINES_MAX);
    ck_assert(slc_end(h));
    world_end(h);
}
END_TEST

START_TEST(a_file_that_grew_between_runs_gives_the_rest_of_its_last_range)
{
    slc *h;

    world_begin();
    put_file("f", "one\ntwo\n");
    put_file("z", "z\n");
    slc_fail_os(NULL, "open", 4, EMFILE, 0); /* of z: the run stays alive */
    h = source("path: [f, z]\nsplit: 100");
    expect_text(h, "one\ntwo\n");
    append("f", "three\n");

    ck_assert(slc_crash_and_restore(h));

    expect_text(h, "three\nz\n");
    world_end(h);
}
END_TEST

START_TEST(compressed_files_are_not_cut)
{
    slc *h;

    world_begin();
    lines[make_lines(20000)] = 0;
    put_file("f", lines);
    ck_assert_int_eq(system("gzip f"), 0);
    h = source("path: f.gz\nsplit: 100");

    expect_text(h, lines);

    ck_assert(slc_end(h));
    world_end(h);
}
END_TEST

START_TEST(a_restart_goes_on_behind_what_was_given)
{
    static const char *const how[] = {"true", "gzip -k f && mv f.gz f",
                                      "zstd -q --rm f -o g && mv g f"};

    for (size_t i = 0; i < sizeof how / sizeof *how; i++) {
        slc *h;

        world_begin();
        lines[make_lines(LINES_MAX)] = 0;
        put_file("f", lines);
        ck_assert_int_eq(system(how[i]), 0);
        slc_fail_alloc(NULL, 20); /* holds the reading up in the middle */
        h = source("path: f\nblock: 4KiB");
        ck_assert_uint_gt(slc_rows(h, 0), 0);
        ck_assert_uint_lt(slc_rows(h, 0), 9);

        ck_assert(slc_crash_and_restore(h));

        expect_text(h, lines);
        ck_assert(slc_end(h));
        world_end(h);
    }
}
END_TEST

START_TEST(a_file_that_became_shorter_before_a_restart_is_reported)
{
    slc *h;

    world_begin();
    put_file("f", "one\ntwo\n");
    put_file("z", "z\n");
    slc_fail_os(NULL, "open", 2, EMFILE, 0); /* of z: the run stays alive */
    h = source("path: [f, z]");
    expect_text(h, "one\ntwo\n");
    put_file("f", "x\n");

    ck_assert(slc_crash_and_restore(h));

    ck_assert(slc_end(h));
    ck_assert(slc_log_has(h, "file.shorter"));
    expect_text(h, "z\n");
    world_end(h);
}
END_TEST

START_TEST(whole_files_are_one_payload_each_up_to_the_limit)
{
    slc *h;

    world_begin();
    lines[make_lines(20000)] = 0;
    put_file("a", "1\n2");
    put_file("b", lines);
    put_file("c", "");
    put_file("d", "4\n");
    h = source("path: [a, b, c, d]\nframing: whole\nblock: 4KiB\nwhole_max: 19000");

    ck_assert_uint_eq(slc_rows(h, 0), 2);
    ck_assert_uint_eq(slc_batch(h, 0, 0)->flags, SL_BATCH_LAST | SL_BATCH_WHOLE);
    expect_text(h, "1\n24\n");

    ck_assert(slc_end(h));
    ck_assert(slc_log_has(h, "file.whole"));
    ck_assert_uint_eq(slc_free(h), 0);
    h = source("path: b\nframing: whole\nblock: 4KiB\nwhole_max: 20000");
    ck_assert_uint_eq(slc_rows(h, 0), 1);
    expect_text(h, lines);
    world_end(h);
}
END_TEST

START_TEST(a_big_whole_file_needs_no_more_than_the_usual_memory)
{
    uint64_t len;
    slc *h;

    world_begin();
    ck_assert_int_eq(system("head -c 12000000 /dev/zero > big"), 0);
    h = source("path: big\nframing: whole");

    (void)slc_pull_payload(h, 0, &len);

    ck_assert_uint_eq(len, 12000000);
    ck_assert(slc_end(h));
    world_end(h);
}
END_TEST

/* The run of SETTINGS, with what is armed, gives all or says why it did not; never a byte twice. */
static int whole_or_told(const char *settings)
{
    slc *h = slc_new("source: file", settings);
    uint64_t len;
    const uint8_t *got;
    int whole;

    if (!slc_problem(h))
        slc_advance(h, "10m");
    whole = slc_end(h) && !strstr(slc_log(h), "\"level\":\"error\"");
    got = slc_pull_payload(h, 0, &len);
    ck_assert_uint_le(len, strlen(lines));
    if (whole || !strstr(settings, "split")) /* of ranges one in the middle may be missing */
        ck_assert_msg(!memcmp(got, lines, len), "other bytes");
    ck_assert_msg(whole
                      ? len == strlen(lines)
                      : slc_problem(h) != NULL || strstr(slc_log(h), "\"level\":\"error\"") != NULL,
                  "%u bytes, unsaid: %s", (unsigned)len, slc_log(h));
    ck_assert_uint_eq(slc_free(h), 0);
    return whole;
}

static const char *const ways[] = {"path: ['f*']\nblock: 4KiB",
                                   "path: f\nblock: 4KiB\nsplit: 5000",
                                   "path: f\nblock: 4KiB\nframing: whole",
                                   "path: g.gz\nblock: 4KiB",
                                   "path: h.zst\nblock: 4KiB",
                                   "path: g.gz\nblock: 4KiB\nframing: whole"};

static void make_ways(void)
{
    lines[make_lines(20000)] = 0;
    put_file("f", lines);
    ck_assert_int_eq(system("gzip < f > g.gz && zstd -q < f > h.zst"), 0);
}

START_TEST(memory_that_is_short_at_any_call_loses_nothing)
{
    world_begin();
    make_ways();
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        uint64_t n = 1;
        uint64_t whole = 0;

        for (;; n++) {
            slc_fail_alloc(NULL, n);
            whole += (uint64_t)whole_or_told(ways[i]);
            if (slc_allocs() < n)
                break;
        }
        ck_assert_uint_gt(n, 8);
        ck_assert_uint_gt(whole * 3, n); /* after the start it is waited out */
    }
    slc_fail_alloc(NULL, 0);
    world_end(NULL);
}
END_TEST

START_TEST(file_calls_that_fail_lose_nothing_in_silence)
{
    world_begin();
    make_ways();
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        for (uint64_t n = 1;; n++) {
            slc_fail_os(NULL, NULL, n, EIO, 0);
            (void)whole_or_told(ways[i]);
            if (slc_os_calls() < n)
                break;
        }
    }
    slc_fail_os(NULL, NULL, 0, 0, 0);
    world_end(NULL);
}
END_TEST

START_TEST(short_reads_change_nothing)
{
    world_begin();
    make_ways();
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        slc_fail_os(NULL, "pread", 1, 0, 1);
        ck_assert(whole_or_told(ways[i]));
    }
    slc_fail_os(NULL, NULL, 0, 0, 0);
    world_end(NULL);
}
END_TEST

START_TEST(a_downstream_without_credit_is_waited_for)
{
    uint64_t before;
    uint64_t len;
    slc *h;

    world_begin();
    put_file("f", "");
    h = source("path: f\nfollow: true\nblock: 4KiB");
    slc_credit(h, 0, 1);
    lines[make_lines(LINES_MAX)] = 0;
    for (int i = 0; i < 1000; i++)
        append("f", lines);
    slc_advance(h, "1s");
    before = slc_rows(h, 0);
    ck_assert_uint_lt(before, 9000);

    slc_credit(h, 0, UINT64_MAX);
    slc_advance(h, "1s");

    ck_assert_uint_gt(slc_rows(h, 0), before);
    (void)slc_pull_payload(h, 0, &len);
    ck_assert_uint_eq(len, 1000 * strlen(lines));
    world_end(h);
}
END_TEST

START_TEST(the_class_conforms)
{
    char *text;

    world_begin();
    put_file("f", "1\n");
    text = slc_conform("source: file", "path: f");
    ck_assert_msg(!text, "%s", text);
    text = slc_conform("source: file", "path: f\nfollow: true");
    ck_assert_msg(!text || strstr(text, "come to its end"), "%s", text);
    free(text);
    world_end(NULL);
}
END_TEST

SUITE("file", files_are_read_in_order_of_their_names, a_file_that_two_patterns_match_is_read_once,
      a_pattern_that_matches_nothing_is_refused, settings_that_contradict_each_other_are_refused,
      what_can_not_be_read_is_reported_and_the_others_go_on,
      a_file_that_may_not_be_opened_is_reported, a_shortage_of_descriptors_is_waited_out,
      names_with_a_hash_are_names, ranges_of_any_size_give_each_line_once_also_after_a_restart,
      one_long_line_in_ranges_is_one_line,
      a_file_that_grew_between_runs_gives_the_rest_of_its_last_range, compressed_files_are_not_cut,
      a_restart_goes_on_behind_what_was_given,
      a_file_that_became_shorter_before_a_restart_is_reported,
      whole_files_are_one_payload_each_up_to_the_limit,
      a_big_whole_file_needs_no_more_than_the_usual_memory,
      memory_that_is_short_at_any_call_loses_nothing, file_calls_that_fail_lose_nothing_in_silence,
      short_reads_change_nothing, a_downstream_without_credit_is_waited_for, the_class_conforms)
