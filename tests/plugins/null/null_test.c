/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/plugins/null/null_test.c - the sink `null` takes everything and counts it.
 */
#include "tests/lib/suite.h"

#include <sluice/check.h>

START_TEST(everything_is_taken_and_counted)
{
    static const char *const ways[] = {"consume: none", "consume: touch"};

    for (size_t i = 0; i < 2; i++) {
        slc *h = slc_new("sink: null", ways[i]);
        uint64_t in;
        uint64_t used;
        uint64_t filtered;
        uint64_t dead;

        ck_assert_ptr_null(slc_problem(h));
        (void)slc_push_json(h, "[{\"a\": 1}, {}, {\"b\": [1, {}]}]");
        (void)slc_push_text(h, "raw", 0);
        ck_assert(slc_barrier(h));
        (void)slc_push_json(h, "{}");
        slc_counts(h, &in, &used, &filtered, &dead);

        ck_assert_uint_eq(in, 5);
        ck_assert_uint_eq(used, 5);
        ck_assert_uint_eq(filtered + dead, 0);
        ck_assert(slc_end(h));
        ck_assert_uint_eq(slc_free(h), 0);
    }
}
END_TEST

START_TEST(other_ways_are_refused)
{
    slc *h = slc_new("sink: null", "consume: all");

    ck_assert_ptr_nonnull(slc_problem(h));
    ck_assert_uint_eq(slc_free(h), 0);
}
END_TEST

START_TEST(the_class_conforms)
{
    char *text = slc_conform("sink: null", "consume: touch");

    ck_assert_msg(!text, "%s", text);
}
END_TEST

SUITE("null", everything_is_taken_and_counted, other_ways_are_refused, the_class_conforms)
