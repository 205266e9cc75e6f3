/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/plugins/parquet/rle_test.c - the hybrid of run lengths and bit packing.
 *
 * Known bytes for the forms, and a decoder written from the specification for the rest.
 */
#include "plugins/parquet/lib/rle.h"

#include "tests/lib/suite.h"
#include "tests/plugins/parquet/pq_fixture.h"

#define MOST 5000u

static pq_memory memory;
static uint64_t state;

static uint32_t draw(uint32_t n)
{
    state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)(state >> 33) % n;
}

static sl_pq_buf encode(const uint32_t *v, uint32_t n, uint32_t width)
{
    sl_pq_buf out;

    pq_memory_init(&memory, 0);
    out = pq_buf(&memory);
    ck_assert_int_eq(sl_pq_rle_put(&out, v, n, width), SL_PQ_OK);
    return out;
}

static uint32_t read_varint(const uint8_t **p)
{
    uint32_t v = 0, shift = 0;

    do {
        v |= (uint32_t)(**p & 0x7f) << shift;
        shift += 7;
    } while (*(*p)++ & 0x80);
    return v;
}

static uint32_t read_bits(const uint8_t *p, uint64_t at, uint32_t width)
{
    uint32_t v = 0, i;

    for (i = 0; i < width; i++)
        v |= (uint32_t)(p[(at + i) / 8] >> (at + i) % 8 & 1) << i;
    return v;
}

/* Decode until the end of BUF; gives the number of values, padding included. */
static uint32_t decode(const sl_pq_buf *buf, uint32_t width, uint32_t *v, uint32_t *runs)
{
    const uint8_t *p = buf->ptr, *end = buf->ptr + buf->len;
    uint32_t n = 0, i;

    *runs = 0;
    while (p < end) {
        uint32_t head = read_varint(&p), count = head & 1 ? (head >> 1) * 8 : head >> 1;

        ck_assert_uint_gt(count, 0);
        ck_assert_uint_le(n + count, MOST + 8);
        for (i = 0; i < count; i++)
            v[n++] = head & 1 ? read_bits(p, (uint64_t)i * width, width)
                              : read_bits(p, 0, (width + 7) / 8 * 8);
        p += head & 1 ? (size_t)count / 8 * width : (width + 7) / 8;
        *runs += !(head & 1);
    }
    ck_assert_ptr_eq(p, end);
    return n;
}

static void round_trip(const uint32_t *v, uint32_t n, uint32_t width)
{
    static uint32_t got[MOST + 8];
    uint32_t runs, k;
    sl_pq_buf out = encode(v, n, width);

    k = decode(&out, width, got, &runs);

    ck_assert_uint_ge(k, n);
    ck_assert_uint_lt(k, n + 8);
    ck_assert_mem_eq(got, v, n * sizeof(*v));
    sl_pq_buf_fini(&out);
}

START_TEST(eight_numbers_of_three_bits_pack_as_the_specification_shows)
{
    const uint32_t v[8] = {0, 1, 2, 3, 4, 5, 6, 7};

    sl_pq_buf out = encode(v, 8, 3);

    ck_assert_uint_eq(out.len, 4);
    ck_assert_mem_eq(out.ptr, "\x03\x88\xc6\xfa", 4);
    sl_pq_buf_fini(&out);
}
END_TEST

START_TEST(equal_values_are_one_run)
{
    uint32_t v[300], i;

    for (i = 0; i < 300; i++)
        v[i] = 0x1234;

    sl_pq_buf out = encode(v, 300, 13);

    ck_assert_uint_eq(out.len, 4);
    ck_assert_mem_eq(out.ptr, "\xd8\x04\x34\x12", 4);
    sl_pq_buf_fini(&out);
}
END_TEST

START_TEST(short_tail_is_padded_with_zeros)
{
    const uint32_t v[3] = {1, 0, 1};

    sl_pq_buf out = encode(v, 3, 1);

    ck_assert_uint_eq(out.len, 2);
    ck_assert_mem_eq(out.ptr, "\x03\x05", 2);
    sl_pq_buf_fini(&out);
}
END_TEST

START_TEST(run_between_packed_stretches_is_used)
{
    static uint32_t got[MOST + 8];
    uint32_t v[64 + 100 + 64], runs, i;

    for (i = 0; i < sizeof(v) / sizeof(v[0]); i++)
        v[i] = i >= 64 && i < 164 ? 9 : i % 16;

    sl_pq_buf out = encode(v, sizeof(v) / sizeof(v[0]), 4);

    (void)decode(&out, 4, got, &runs);
    ck_assert_uint_eq(runs, 1);
    ck_assert_uint_lt(out.len, 80);
    sl_pq_buf_fini(&out);
}
END_TEST

START_TEST(all_widths_and_lengths_come_back)
{
    static uint32_t v[MOST];
    uint32_t width, round, n, i;

    state = 1;
    for (width = 1; width <= 32; width++)
        for (round = 0; round < 12; round++) {
            uint32_t repeat = 1 + draw(60), mask = width == 32 ? UINT32_MAX : (1u << width) - 1;

            n = 1 + draw(round % 3 ? 40 : MOST);
            for (i = 0; i < n; i++)
                v[i] = i && draw(repeat) ? v[i - 1] : (draw(UINT32_MAX) * 2654435769u) & mask;
            round_trip(v, n, width);
        }
}
END_TEST

START_TEST(levels_have_their_length_in_front)
{
    const uint8_t same[20] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    const uint8_t mixed[10] = {1, 0, 1, 1, 0, 0, 0, 1, 1, 1};
    sl_pq_buf out, scratch;

    pq_memory_init(&memory, 0);
    out = pq_buf(&memory);
    scratch = pq_buf(&memory);
    ck_assert_int_eq(sl_pq_rle_levels(&out, same, 20, 1, &scratch), SL_PQ_OK);
    ck_assert_int_eq(sl_pq_rle_levels(&out, mixed, 10, 1, &scratch), SL_PQ_OK);

    ck_assert_uint_eq(out.len, 13);
    ck_assert_mem_eq(out.ptr, "\x02\0\0\0\x28\x01\x03\0\0\0\x05\x8d\x03", 13);
    sl_pq_buf_fini(&out);
    sl_pq_buf_fini(&scratch);
}
END_TEST

START_TEST(wide_levels_are_one_sequence_whatever_their_number)
{
    static uint8_t levels[MOST];
    static uint32_t want[MOST], got[MOST + 8];
    sl_pq_buf out, scratch, part;
    uint32_t i, k, runs;

    state = 7;
    for (i = 0; i < MOST - 3; i++)
        want[i] = levels[i] = (uint8_t)(i && draw(9) ? levels[i - 1] : draw(5));
    pq_memory_init(&memory, 0);
    out = pq_buf(&memory);
    scratch = pq_buf(&memory);

    ck_assert_int_eq(sl_pq_rle_levels(&out, levels, MOST - 3, 3, &scratch), SL_PQ_OK);

    part = out;
    part.ptr += 4;
    part.len -= 4;
    ck_assert_uint_eq(sl_pq_load32(out.ptr), part.len);
    k = decode(&part, 3, got, &runs);
    ck_assert_uint_lt(k, MOST - 3 + 8);
    ck_assert_mem_eq(got, want, (MOST - 3) * sizeof(want[0]));
    sl_pq_buf_fini(&out);
    sl_pq_buf_fini(&scratch);
}
END_TEST

SUITE("parquet rle", eight_numbers_of_three_bits_pack_as_the_specification_shows,
      equal_values_are_one_run, short_tail_is_padded_with_zeros,
      run_between_packed_stretches_is_used, all_widths_and_lengths_come_back,
      levels_have_their_length_in_front, wide_levels_are_one_sequence_whatever_their_number)
