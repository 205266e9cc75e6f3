/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/sdk/mem_test.c - accounts of memory: counting, limits, parents, failure.
 */
#include "sdk/lib/mem.h"

#include "tests/lib/fail_mem.h"
#include "tests/lib/suite.h"

#include <stdint.h>
#include <string.h>

START_TEST(blocks_count_for_the_account_and_its_parents)
{
    sl_mem *graph = sl_mem_new(NULL, NULL, "graph", 0);
    sl_mem *node = sl_mem_new(NULL, graph, "node", 0);

    void *ptr = sl_mem_alloc(node, 1000);

    ck_assert_ptr_nonnull(ptr);
    ck_assert_uint_ge(sl_mem_used(node), 1000);
    ck_assert_uint_eq(sl_mem_used(graph), sl_mem_used(node));
    sl_mem_free(ptr);
    ck_assert_uint_eq(sl_mem_used(node), 0);
    ck_assert_uint_eq(sl_mem_used(graph), 0);
    ck_assert_uint_ge(sl_mem_peak(graph), 1000);
    sl_mem_drop(node);
    sl_mem_drop(graph);
}
END_TEST

START_TEST(limit_of_the_parent_holds_for_all_children_together)
{
    sl_mem *graph = sl_mem_new(NULL, NULL, "graph", 2000);
    sl_mem *a = sl_mem_new(NULL, graph, "a", 0);
    sl_mem *b = sl_mem_new(NULL, graph, "b", 0);
    void *first = sl_mem_alloc(a, 1500);
    uint64_t before = sl_mem_used(graph);

    void *second = sl_mem_alloc(b, 600);

    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_null(second);
    ck_assert_uint_eq(sl_mem_used(graph), before);
    ck_assert_uint_eq(sl_mem_used(b), 0);
    ck_assert_uint_eq(sl_mem_limit(graph), 2000);
    sl_mem_free(first);
    sl_mem_drop(a);
    sl_mem_drop(b);
    sl_mem_drop(graph);
}
END_TEST

START_TEST(limit_is_reached_exactly_and_not_passed)
{
    sl_mem *mem = sl_mem_new(NULL, NULL, "exact", 1016);

    void *over = sl_mem_alloc(mem, 1001);
    void *at = sl_mem_alloc(mem, 1000);
    void *more = sl_mem_resize(mem, at, 1001);
    void *less = sl_mem_resize(mem, at, 999);

    ck_assert_ptr_null(over);
    ck_assert_ptr_nonnull(at);
    ck_assert_ptr_null(more);
    ck_assert_ptr_nonnull(less);
    ck_assert_uint_eq(sl_mem_used(mem), 1015);
    sl_mem_free(less);
    sl_mem_drop(mem);
}
END_TEST

START_TEST(account_outlives_its_owner_until_the_last_block_is_freed)
{
    fail_mem counted;
    sl_mem *parent;
    sl_mem *mem;
    void *ptr;

    fail_mem_init(&counted, 0);
    parent = sl_mem_new(&counted.source, NULL, "parent", 0);
    mem = sl_mem_new(NULL, parent, "child", 0);
    ptr = sl_mem_alloc(mem, 10);

    sl_mem_drop(parent);
    sl_mem_drop(mem);

    ck_assert_int_eq(counted.blocks, 3);
    sl_mem_free(ptr);
    ck_assert_int_eq(counted.blocks, 0);
}
END_TEST

START_TEST(sizes_that_overflow_give_nothing)
{
    sl_mem *mem = sl_mem_new(NULL, NULL, "huge", 0);

    ck_assert_ptr_null(sl_mem_alloc(mem, SIZE_MAX));
    ck_assert_ptr_null(sl_mem_zalloc(mem, SIZE_MAX / 2, 3));
    ck_assert_ptr_null(sl_mem_dup(mem, "", SIZE_MAX));
    ck_assert_uint_eq(sl_mem_used(mem), 0);
    sl_mem_drop(mem);
}
END_TEST

START_TEST(failed_source_leaves_the_count_and_the_old_block_alone)
{
    fail_mem failing;
    sl_mem *mem;
    char *text;

    fail_mem_init(&failing, 3);
    mem = sl_mem_new(&failing.source, NULL, "failing", 0);
    text = sl_mem_dup(mem, "abc", 3);
    ck_assert_ptr_nonnull(text);
    uint64_t before = sl_mem_used(mem);

    ck_assert_ptr_null(sl_mem_resize(mem, text, 100));

    ck_assert_uint_eq(sl_mem_used(mem), before);
    ck_assert_str_eq(text, "abc");
    sl_mem_free(text);
    sl_mem_drop(mem);
    ck_assert_int_eq(failing.blocks, 0);
}
END_TEST

START_TEST(helpers_clear_copy_and_format)
{
    sl_mem *mem = sl_mem_new(NULL, NULL, "helpers", 0);
    static const unsigned char none[48];
    void *clear = sl_mem_zalloc(mem, 6, 8);
    char *copy = sl_mem_dup(mem, "record", 3);
    char *text = sl_mem_printf(mem, "%s-%d", "lane", 7);
    SL_CLEANUP(sl_mem_freep) void *empty = sl_mem_alloc(mem, 0);

    ck_assert_mem_eq(clear, none, 48);
    ck_assert_str_eq(copy, "rec");
    ck_assert_str_eq(text, "lane-7");
    ck_assert_ptr_nonnull(empty);
    ck_assert_uint_eq((uintptr_t)clear % 16, 0);
    sl_mem_free(clear);
    sl_mem_free(copy);
    sl_mem_free(text);
    sl_mem_free(NULL);
    sl_mem_drop(mem);
}
END_TEST

SUITE("mem", blocks_count_for_the_account_and_its_parents,
      limit_of_the_parent_holds_for_all_children_together, limit_is_reached_exactly_and_not_passed,
      account_outlives_its_owner_until_the_last_block_is_freed, sizes_that_overflow_give_nothing,
      failed_source_leaves_the_count_and_the_old_block_alone, helpers_clear_copy_and_format)
