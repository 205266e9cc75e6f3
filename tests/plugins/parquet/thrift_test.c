/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/plugins/parquet/thrift_test.c - bytes of the compact protocol.
 */
#include "plugins/parquet/lib/thrift.h"

#include "tests/lib/suite.h"
#include "tests/plugins/parquet/pq_fixture.h"

static pq_memory memory;
static sl_pq_buf out;
static sl_pq_thrift t;

static void start(uint64_t fail_at)
{
    pq_memory_init(&memory, fail_at);
    out = pq_buf(&memory);
    sl_pq_t_init(&t, &out);
}

static void expect(const char *bytes, size_t len)
{
    ck_assert_int_eq(t.rc, SL_PQ_OK);
    ck_assert_uint_eq(out.len, len);
    ck_assert_mem_eq(out.ptr, bytes, len);
    sl_pq_buf_fini(&out);
    ck_assert_int_eq(memory.blocks, 0);
}

#define EXPECT(text) expect(text, sizeof(text) - 1)

START_TEST(numbers_are_zigzag_varints)
{
    start(0);

    sl_pq_t_int(&t, 1, SL_PQ_T_I32, 0);
    sl_pq_t_int(&t, 2, SL_PQ_T_I32, -1);
    sl_pq_t_int(&t, 3, SL_PQ_T_I64, 150);
    sl_pq_t_int(&t, 4, SL_PQ_T_I64, INT64_MIN);

    EXPECT("\x15\x00\x15\x01\x16\xac\x02\x16\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
}
END_TEST

START_TEST(field_far_from_the_last_has_its_number_in_full)
{
    start(0);

    sl_pq_t_int(&t, 15, SL_PQ_T_I16, 1);
    sl_pq_t_int(&t, 31, SL_PQ_T_I16, 1);

    EXPECT("\xf4\x02\x04\x3e\x02");
}
END_TEST

START_TEST(truth_lives_in_the_type_of_a_field_and_in_a_byte_of_a_list)
{
    start(0);

    sl_pq_t_bool(&t, 1, 1);
    sl_pq_t_bool(&t, 2, 0);
    sl_pq_t_list(&t, 3, SL_PQ_T_TRUE, 2);
    sl_pq_t_item_bool(&t, 1);
    sl_pq_t_item_bool(&t, 0);

    EXPECT("\x11\x12\x19\x21\x01\x02");
}
END_TEST

START_TEST(struct_counts_its_fields_anew_and_the_outer_goes_on)
{
    start(0);

    sl_pq_t_begin(&t, 5);
    sl_pq_t_text(&t, 1, "ab");
    sl_pq_t_end(&t);
    sl_pq_t_byte(&t, 6, -1);
    sl_pq_t_end(&t);

    EXPECT("\x5c\x18\x02"
           "ab\x00\x13\xff\x00");
}
END_TEST

START_TEST(long_list_has_its_length_behind_the_head)
{
    start(0);

    sl_pq_t_list(&t, 1, SL_PQ_T_I32, 14);
    sl_pq_t_list(&t, 2, SL_PQ_T_I32, 15);
    sl_pq_t_list(&t, 3, SL_PQ_T_BINARY, 300);

    EXPECT("\x19\xe5\x19\xf5\x0f\x19\xf8\xac\x02");
}
END_TEST

START_TEST(failure_of_memory_sticks)
{
    start(1);

    sl_pq_t_int(&t, 1, SL_PQ_T_I32, 1);
    sl_pq_t_int(&t, 2, SL_PQ_T_I32, 1);

    ck_assert_int_eq(t.rc, SL_PQ_E_NOMEM);
    sl_pq_buf_fini(&out);
}
END_TEST

START_TEST(too_deep_is_refused_not_written_elsewhere)
{
    uint32_t i;

    start(0);

    for (i = 0; i < 2 * SL_PQ_T_DEPTH; i++)
        sl_pq_t_begin(&t, 1);

    ck_assert_int_eq(t.rc, SL_PQ_E_USE);
    sl_pq_buf_fini(&out);
}
END_TEST

SUITE("parquet thrift", numbers_are_zigzag_varints, field_far_from_the_last_has_its_number_in_full,
      truth_lives_in_the_type_of_a_field_and_in_a_byte_of_a_list,
      struct_counts_its_fields_anew_and_the_outer_goes_on, long_list_has_its_length_behind_the_head,
      failure_of_memory_sticks, too_deep_is_refused_not_written_elsewhere)
