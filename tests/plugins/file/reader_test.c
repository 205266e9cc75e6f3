/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/plugins/file/reader_test.c - files, ranges and compressed files as raw records.
 */
#include "tests/lib/suite.h"
#include "tests/plugins/file/fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <zlib.h>
#include <zstd.h>

#define TEXT_MAX 65536u

static char text[TEXT_MAX];

/* About LEN bytes of lines of changing length; gives the exact number. */
static size_t make_lines(size_t len)
{
    size_t n = 0;

    for (uint32_t i = 0; n + 80 < len; i++)
        n += (size_t)snprintf(text + n, TEXT_MAX - n, "%u:%.*s\n", i, (int)(i * 7 % 50),
                              "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz");
    return n;
}

static sl_status start(sl_reader *r, sl_reader_options *o, const char *path, uint64_t at,
                       uint64_t end, int fresh)
{
    const sl_place place = {.at = at, .end = end, .is_fresh = fresh};

    memset(r, 0, sizeof *r);
    r->host = fixture_host();
    r->os = fixture_os();
    r->payload = fixture_payload();
    r->options = o;
    return sl_reader_open(r, open(path, O_RDONLY | O_CLOEXEC), 1, &place);
}

static void expect(const char *got, size_t len, const char *want, size_t want_len)
{
    ck_assert_uint_eq(len, want_len);
    ck_assert(want_len == 0 || !memcmp(got, want, want_len));
}

START_TEST(blocks_are_cut_at_line_ends_and_nothing_is_lost)
{
    sl_reader_options o = {.block = 8192, .detect = 1};
    size_t n = make_lines(60000);
    uint32_t batches;
    size_t len;
    sl_reader r;
    int last;
    char *got;

    fixture_open(0);
    ck_assert_int_eq(start(&r, &o, fixture_file("f", text, n), 0, UINT64_MAX, 0), SL_OK);

    got = fixture_drain(&r, 8192, &len, &batches, &last);

    expect(got, len, text, n);
    ck_assert_uint_ge(batches, 7);
    ck_assert(last);
    free(got);
    sl_reader_close(&r);
    fixture_close();
}
END_TEST

START_TEST(a_last_line_without_end_is_given)
{
    sl_reader_options o = {.block = 4096, .detect = 1};
    uint32_t batches;
    size_t len;
    sl_reader r;
    int last;
    char *got;

    fixture_open(0);
    ck_assert_int_eq(start(&r, &o, fixture_file("f", "a\nb", 3), 0, UINT64_MAX, 0), SL_OK);

    got = fixture_drain(&r, 4096, &len, &batches, &last);

    expect(got, len, "a\nb", 3);
    ck_assert(last);
    free(got);
    sl_reader_close(&r);
    fixture_close();
}
END_TEST

START_TEST(an_empty_file_gives_nothing)
{
    sl_reader_options o = {.block = 4096, .detect = 1};
    uint32_t batches;
    size_t len;
    sl_reader r;
    int last;

    fixture_open(0);
    ck_assert_int_eq(start(&r, &o, fixture_file("f", "", 0), 0, UINT64_MAX, 0), SL_OK);

    ck_assert_ptr_null(fixture_drain(&r, 4096, &len, &batches, &last));

    ck_assert_uint_eq(batches, 0);
    sl_reader_close(&r);
    fixture_close();
}
END_TEST

START_TEST(ranges_cut_anywhere_give_each_line_once)
{
    sl_reader_options o = {.block = 4096, .detect = 0};
    size_t n = make_lines(700);
    char joined[1024];

    fixture_open(0);
    for (size_t cut = 1; cut < n; cut++) {
        const char *path = fixture_file("f", text, n);
        size_t total = 0;

        for (int part = 0; part < 2; part++) {
            uint32_t batches;
            size_t len;
            sl_reader r;
            int last;
            char *got;

            ck_assert_int_eq(start(&r, &o, path, part ? cut : 0, part ? n : cut, part), SL_OK);
            got = fixture_drain(&r, 4096, &len, &batches, &last);
            ck_assert_uint_le(total + len, n);
            if (len) {
                ck_assert_int_eq(got[len - 1], '\n');
                memcpy(joined + total, got, len);
            }
            total += len;
            free(got);
            sl_reader_close(&r);
        }
        expect(joined, total, text, n);
    }
    fixture_close();
}
END_TEST

START_TEST(reading_resumes_after_every_offset)
{
    sl_reader_options o = {.block = 4096, .detect = 1};
    size_t n = make_lines(30000);
    const char *path;
    uint64_t at = 0;

    fixture_open(0);
    path = fixture_file("f", text, n);
    while (at < n) {
        sl_reader r;
        sl_batch *batch;
        sl_val row;
        sl_val v;

        ck_assert_int_eq(start(&r, &o, path, at, UINT64_MAX, 0), SL_OK);
        ck_assert_int_eq(sl_reader_next(&r, 4096, &batch), SL_OK);
        sl_batch_row(batch, 0, &row);
        ck_assert(sl_val_find(&row, "payload", 7, &v));
        expect((const char *)v.ptr, v.n, text + at, v.n);
        ck_assert_uint_gt(v.n, 0);
        at = sl_get64(batch->last.ptr);
        fixture_host()->rows->unref(batch);
        sl_reader_close(&r);
    }
    ck_assert_uint_eq(at, n);
    fixture_close();
}
END_TEST

START_TEST(a_range_that_is_resumed_behind_its_last_line_gives_nothing)
{
    sl_reader_options o = {.block = 4096, .detect = 0};
    size_t n = make_lines(700);
    const char *path;

    fixture_open(0);
    path = fixture_file("f", text, n);
    for (size_t cut = 1; cut < n; cut++) {
        uint64_t at = cut;
        uint32_t batches;
        size_t len;
        sl_reader r;
        int last;

        while (text[at - 1] != '\n')
            at++;
        ck_assert_int_eq(start(&r, &o, path, at, cut, 0), SL_OK);

        ck_assert_ptr_null(fixture_drain(&r, 4096, &len, &batches, &last));
        ck_assert_uint_eq(batches, 0);
        sl_reader_close(&r);
    }
    fixture_close();
}
END_TEST

/* TEXT's N bytes as two gzip members. Gives the length in OUT. */
static size_t gzip_twice(size_t n, uint8_t *out, size_t room)
{
    size_t total = 0;

    for (int part = 0; part < 2; part++) {
        z_stream z = {0};
        size_t from = part ? n / 2 : 0;
        size_t to = part ? n : n / 2;

        ck_assert_int_eq(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, 0), Z_OK);
        z.next_in = (Bytef *)text + from;
        z.avail_in = (uInt)(to - from);
        z.next_out = out + total;
        z.avail_out = (uInt)(room - total);
        ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
        total = room - z.avail_out;
        (void)deflateEnd(&z);
    }
    return total;
}

/* The same as zstd: a frame, a skippable frame, a frame. */
static size_t zstd_twice(size_t n, uint8_t *out, size_t room)
{
    static const uint8_t skip[] = {0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 'a', 'b', 'c'};
    size_t total = ZSTD_compress(out, room, text, n / 2, 1);

    memcpy(out + total, skip, sizeof skip);
    total += sizeof skip;
    return total + ZSTD_compress(out + total, room - total, text + n / 2, n - n / 2, 1);
}

static void expand_and_cut(size_t (*pack)(size_t, uint8_t *, size_t))
{
    static uint8_t packed[TEXT_MAX];
    sl_reader_options o = {.block = 4096, .detect = 1};
    size_t n = make_lines(40000);
    size_t m = pack(n, packed, sizeof packed);

    for (size_t cut = m; cut > 4; cut = cut == m ? m - 1 : cut - cut / 7 - 1) {
        uint32_t batches;
        size_t len;
        sl_reader r;
        int last;
        char *got;

        fixture_open(0);
        fix.short_to = 777;
        ck_assert_int_eq(start(&r, &o, fixture_file("f", packed, cut), 0, UINT64_MAX, 0), SL_OK);
        got = fixture_drain(&r, 4096, &len, &batches, &last);
        ck_assert_uint_le(len, n);
        expect(got, len, text, len);
        if (cut == m) {
            ck_assert_uint_eq(len, n);
            ck_assert_uint_eq(fix.failed, 0);
        } else if (len < n && len != n / 2) {
            ck_assert_uint_eq(fix.failed, 1);
            ck_assert_str_eq(fix.code, "file.truncated");
        }
        free(got);
        sl_reader_close(&r);
        fixture_close();
    }
}

START_TEST(gzip_members_are_joined_and_a_cut_file_fails_after_what_it_has)
{
    expand_and_cut(gzip_twice);
}
END_TEST

START_TEST(zstd_frames_are_joined_and_a_cut_file_fails_after_what_it_has)
{
    expand_and_cut(zstd_twice);
}
END_TEST

START_TEST(a_file_that_expands_too_much_fails)
{
    static uint8_t packed[TEXT_MAX];
    static char zeros[1 << 20];
    sl_reader_options o = {.block = 4096, .detect = 1, .max_expanded = 100000};
    size_t m = ZSTD_compress(packed, sizeof packed, zeros, sizeof zeros, 1);
    uint32_t batches;
    size_t len;
    sl_reader r;
    int last;

    fixture_open(0);
    ck_assert_int_eq(start(&r, &o, fixture_file("f", packed, m), 0, UINT64_MAX, 0), SL_OK);

    free(fixture_drain(&r, 4096, &len, &batches, &last));

    ck_assert_uint_le(len, 110000);
    ck_assert_uint_eq(fix.failed, 1);
    ck_assert_str_eq(fix.code, "file.expanded");
    sl_reader_close(&r);
    fixture_close();
}
END_TEST

START_TEST(a_whole_file_is_one_payload_up_to_its_limit)
{
    sl_reader_options o = {.block = 4096, .detect = 1, .whole_max = 30000};
    size_t n = make_lines(30000);
    uint32_t batches;
    size_t len;
    sl_reader r;
    int last;
    char *got;

    fixture_open(0);
    ck_assert_int_eq(start(&r, &o, fixture_file("f", text, n), 0, UINT64_MAX, 0), SL_OK);
    got = fixture_drain(&r, 4096, &len, &batches, &last);
    expect(got, len, text, n);
    ck_assert_uint_eq(batches, 1);
    ck_assert(last);
    free(got);
    sl_reader_close(&r);

    o.whole_max = n / 2;
    ck_assert_int_eq(start(&r, &o, fixture_file("g", text, n), 0, UINT64_MAX, 0), SL_OK);
    ck_assert_ptr_null(fixture_drain(&r, 4096, &len, &batches, &last));
    ck_assert_str_eq(fix.code, "file.whole");
    sl_reader_close(&r);
    fixture_close();
}
END_TEST

START_TEST(a_line_that_is_still_being_written_is_waited_for)
{
    sl_reader_options o = {.block = 4096, .detect = 1, .follow = 1};
    uint32_t batches;
    size_t len;
    sl_reader r;
    int last;
    char *got;

    fixture_open(0);
    ck_assert_int_eq(start(&r, &o, fixture_file("f", "one\ntw", 6), 0, UINT64_MAX, 0), SL_OK);
    got = fixture_drain(&r, 4096, &len, &batches, &last);
    expect(got, len, "one\n", 4);
    ck_assert(!last);
    free(got);

    (void)fixture_file("f", "one\ntwo\n", 8);
    got = fixture_drain(&r, 4096, &len, &batches, &last);
    expect(got, len, "two\n", 4);
    free(got);
    sl_reader_close(&r);
    fixture_close();
}
END_TEST

START_TEST(every_read_may_fail_and_what_came_before_is_kept)
{
    sl_reader_options o = {.block = 4096, .detect = 1};
    size_t n = make_lines(20000);
    int met = 1;

    for (uint64_t at = 1; met; at++) {
        uint32_t batches;
        size_t len;
        sl_reader r;
        int last;
        char *got;

        fixture_open(0);
        fix.fail_at = at;
        ck_assert_int_eq(start(&r, &o, fixture_file("f", text, n), 0, UINT64_MAX, 0), SL_OK);
        got = fixture_drain(&r, 4096, &len, &batches, &last);
        met = fix.reads >= at;
        expect(got, len, text, len);
        ck_assert_uint_eq(fix.failed, met ? 1 : 0);
        if (!met)
            ck_assert_uint_eq(len, n);
        free(got);
        sl_reader_close(&r);
        fixture_close();
    }
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    sl_reader_options o = {.block = 4096, .detect = 1};
    size_t n = make_lines(20000);
    int met = 1;

    for (uint64_t at = 1; met; at++) {
        uint32_t batches;
        size_t len = 0;
        sl_reader r;
        int last;

        fixture_open(at);
        if (start(&r, &o, fixture_file("f", text, n), 0, UINT64_MAX, 0) == SL_OK) {
            char *got = fixture_drain(&r, 4096, &len, &batches, &last);

            expect(got, len, text, len);
            free(got);
        }
        met = fail_mem_met(&fix.memory);
        ck_assert(met || len == n);
        sl_reader_close(&r);
        fixture_close();
    }
}
END_TEST

SUITE("reader", blocks_are_cut_at_line_ends_and_nothing_is_lost, a_last_line_without_end_is_given,
      an_empty_file_gives_nothing, ranges_cut_anywhere_give_each_line_once,
      reading_resumes_after_every_offset,
      a_range_that_is_resumed_behind_its_last_line_gives_nothing,
      gzip_members_are_joined_and_a_cut_file_fails_after_what_it_has,
      zstd_frames_are_joined_and_a_cut_file_fails_after_what_it_has,
      a_file_that_expands_too_much_fails, a_whole_file_is_one_payload_up_to_its_limit,
      a_line_that_is_still_being_written_is_waited_for,
      every_read_may_fail_and_what_came_before_is_kept, every_allocation_may_fail)
