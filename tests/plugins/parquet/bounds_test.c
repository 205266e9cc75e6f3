/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/plugins/parquet/bounds_test.c - cutting and comparing of bounds; the checksum.
 */
#include <zlib.h>

#include "plugins/parquet/lib/pq_priv.h"

#include "tests/lib/suite.h"
#include "tests/plugins/parquet/pq_fixture.h"

static uint8_t out[SL_PQ_BOUND_MOST];

static sl_pq_bytes bytes(const void *p, size_t len)
{
    return (sl_pq_bytes){p, len};
}

/* N bytes C, then TAIL. */
static sl_pq_bytes filled(int c, size_t n, const char *tail)
{
    static uint8_t buf[3 * SL_PQ_BOUND_MOST];

    memset(buf, c, n);
    memcpy(buf + n, tail, strlen(tail) + 1);
    return bytes(buf, n + strlen(tail));
}

START_TEST(short_bounds_are_kept_whole_and_exact)
{
    uint8_t exact = 0;
    sl_pq_bytes v = filled('x', 64, "");

    ck_assert_uint_eq(sl_pq_cut_min(SL_PQ_O_TEXT, v, &exact), 64);
    ck_assert_uint_eq(exact, 1);
    ck_assert_uint_eq(sl_pq_cut_max(SL_PQ_O_TEXT, v, out, &exact), 64);
    ck_assert_uint_eq(exact, 1);
    ck_assert_mem_eq(out, v.ptr, 64);
}
END_TEST

START_TEST(long_maximum_is_cut_and_its_last_character_raised)
{
    uint8_t exact = 1;
    size_t n = sl_pq_cut_max(SL_PQ_O_TEXT, filled('x', 100, ""), out, &exact);

    ck_assert_uint_eq(n, 64);
    ck_assert_uint_eq(exact, 0);
    ck_assert_int_eq(out[62], 'x');
    ck_assert_int_eq(out[63], 'y');
}
END_TEST

START_TEST(text_is_cut_between_characters)
{
    uint8_t exact = 1;
    sl_pq_bytes v = filled('x', 62, "\xe2\x82\xac and more");

    ck_assert_uint_eq(sl_pq_cut_min(SL_PQ_O_TEXT, v, &exact), 62);
    ck_assert_uint_eq(exact, 0);
    ck_assert_uint_eq(sl_pq_cut_max(SL_PQ_O_TEXT, v, out, &exact), 62);
    ck_assert_int_eq(out[61], 'y');
    ck_assert_uint_eq(sl_pq_cut_min(SL_PQ_O_BYTES, v, &exact), 64);
}
END_TEST

START_TEST(raising_skips_surrogates_and_the_last_character_of_unicode)
{
    uint8_t exact = 1;
    size_t n = sl_pq_cut_max(SL_PQ_O_TEXT, filled('x', 61, "\xed\x9f\xbf, more"), out, &exact);

    ck_assert_uint_eq(n, 64);
    ck_assert_mem_eq(out + 61, "\xee\x80\x80", 3);
    n = sl_pq_cut_max(SL_PQ_O_TEXT, filled('x', 60, "\xf4\x8f\xbf\xbf, more"), out, &exact);
    ck_assert_uint_eq(n, 60);
    ck_assert_int_eq(out[59], 'y');
    n = sl_pq_cut_max(SL_PQ_O_TEXT, filled('x', 63, "\x7f, more"), out, &exact);
    ck_assert_uint_eq(n, 65);
    ck_assert_mem_eq(out + 63, "\xc2\x80", 2);
}
END_TEST

START_TEST(maximum_that_cannot_be_raised_stays_whole_up_to_a_limit)
{
    uint8_t exact = 0;
    size_t n = sl_pq_cut_max(SL_PQ_O_BYTES, filled(0xff, 4096, ""), out, &exact);

    ck_assert_uint_eq(n, 4096);
    ck_assert_uint_eq(exact, 1);
    n = sl_pq_cut_max(SL_PQ_O_BYTES, filled(0xff, 4097, ""), out, &exact);
    ck_assert(n == SIZE_MAX);
}
END_TEST

START_TEST(bytes_that_are_no_text_still_get_a_true_bound)
{
    uint8_t exact = 0;
    sl_pq_bytes v = filled(0x80, 200, "");
    size_t n = sl_pq_cut_max(SL_PQ_O_TEXT, v, out, &exact);

    ck_assert_int_gt(sl_pq_compare(SL_PQ_O_BYTES, bytes(out, n), v), exact ? -1 : 0);
    v = filled(0xff, 200, "");
    n = sl_pq_cut_max(SL_PQ_O_TEXT, v, out, &exact);
    ck_assert_int_gt(sl_pq_compare(SL_PQ_O_BYTES, bytes(out, n), v), exact ? -1 : 0);
}
END_TEST

START_TEST(each_order_is_its_own)
{
    const int32_t low = -1, high = 1;
    const double small = -2.5, large = 2.5;
    const sl_pq_bytes a = bytes(&low, 4), b = bytes(&high, 4);

    ck_assert_int_lt(sl_pq_compare(SL_PQ_O_I32, a, b), 0);
    ck_assert_int_gt(sl_pq_compare(SL_PQ_O_U32, a, b), 0);
    ck_assert_int_lt(sl_pq_compare(SL_PQ_O_F64, bytes(&small, 8), bytes(&large, 8)), 0);
    ck_assert_int_lt(sl_pq_compare(SL_PQ_O_SIGNED, bytes("\xff\x01", 2), bytes("\0\x01", 2)), 0);
    ck_assert_int_gt(sl_pq_compare(SL_PQ_O_FIXED, bytes("\xff\x01", 2), bytes("\0\x01", 2)), 0);
    ck_assert_int_lt(sl_pq_compare(SL_PQ_O_TEXT, bytes("ab", 2), bytes("abc", 3)), 0);
    ck_assert_int_eq(sl_pq_compare(SL_PQ_O_TEXT, bytes("", 0), bytes("", 0)), 0);
}
END_TEST

START_TEST(checksum_is_that_of_gzip_at_every_length)
{
    static uint8_t data[5000];
    size_t len, i;

    for (i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)(i * 131 + (i >> 5));

    for (len = 0; len < sizeof(data); len += len < 300 ? 1 : 61) {
        uint32_t want = (uint32_t)crc32_z(0, data, len);

        ck_assert_uint_eq(sl_pq_crc32(0, data, len), want);
        ck_assert_uint_eq(sl_pq_crc32(sl_pq_crc32(0, data, len / 3), data + len / 3, len - len / 3),
                          want);
    }
}
END_TEST

SUITE("parquet bounds", short_bounds_are_kept_whole_and_exact,
      long_maximum_is_cut_and_its_last_character_raised, text_is_cut_between_characters,
      raising_skips_surrogates_and_the_last_character_of_unicode,
      maximum_that_cannot_be_raised_stays_whole_up_to_a_limit,
      bytes_that_are_no_text_still_get_a_true_bound, each_order_is_its_own,
      checksum_is_that_of_gzip_at_every_length)
