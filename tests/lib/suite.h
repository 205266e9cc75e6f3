/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/lib/suite.h - the main function of a test program with one suite.
 *
 * SUITE("text", a_test, another_test) makes the whole of it: one case that runs the tests in
 * order. Each test runs in its own process unless CK_FORK=no.
 */
#ifndef SL_TESTS_SUITE_H
#define SL_TESTS_SUITE_H
#include <check.h>
#include <stdlib.h>

/* [main] Run the N tests of NAME; gives the exit status. */
static inline int suite_run(const char *name, const TTest *const *tests, size_t n)
{
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create("all");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tcase, 60);
    for (size_t i = 0; i < n; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#define SUITE(name, ...)                                                                           \
    int main(void)                                                                                 \
    {                                                                                              \
        const TTest *const tests[] = {__VA_ARGS__};                                                \
        return suite_run(name, tests, sizeof tests / sizeof *tests);                               \
    }

#endif
