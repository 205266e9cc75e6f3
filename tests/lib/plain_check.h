/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/lib/plain_check.h - the assertions of Check for programs that run without Check.
 *
 * Helpers that tests and fuzz targets share include this instead of check.h: with SL_WITHOUT_CHECK
 * a failed assertion says so and aborts.
 */
#ifndef SL_TESTS_PLAIN_CHECK_H
#define SL_TESTS_PLAIN_CHECK_H
#ifndef SL_WITHOUT_CHECK
#include <check.h>
#else
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Say what does not hold, and stop. [main] */
static inline void plain_failed(const char *what, const char *file, int line)
{
    fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
    abort();
}

#define ck_assert(x)             ((x) ? (void)0 : plain_failed(#x, __FILE__, __LINE__))
#define ck_assert_msg(x, ...)    ck_assert(x)
#define ck_abort_msg(...)        abort()
#define ck_assert_ptr_nonnull(x) ck_assert((x) != NULL)
#define ck_assert_int_eq(a, b)   ck_assert((a) == (b))
#define ck_assert_uint_eq(a, b)  ck_assert((a) == (b))
#define ck_assert_uint_ne(a, b)  ck_assert((a) != (b))
#define ck_assert_uint_lt(a, b)  ck_assert((a) < (b))
#define ck_assert_str_eq(a, b)   ck_assert(!strcmp(a, b))
#endif
#endif
