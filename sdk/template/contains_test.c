/* SPDX-License-Identifier: Apache-2.0
 *
 * contains_test.c - the transform alone, on the host table of libsluice-check.
 *
 * The class is found in contains.c, which is linked in. Any runner of tests will do; this one is
 * a macro. What is worth testing in every plugin: what comes out, what the counts say, that each
 * allocation may fail, and that memory is given back.
 */
#include <sluice/check.h>

#include <stdio.h>
#include <string.h>

static int failed;

#define CHECK(x)                                                                                   \
    do {                                                                                           \
        if (!(x)) {                                                                                \
            failed = 1;                                                                            \
            (void)printf("FAIL %s:%d: %s\n", __FILE__, __LINE__, #x);                              \
        }                                                                                          \
    } while (0)

static void records_that_contain_the_text_stay(void)
{
    slc *h = slc_new("transform: contains", "{field: a.t, text: needle}");
    uint64_t in, used, filtered, dead;

    CHECK(!slc_problem(h));
    CHECK(slc_push_json(h, "[{\"a\":{\"t\":\"a needle\"}},{\"a\":{\"t\":\"hay\"}},{\"a\":7}]") ==
          SL_OK);
    CHECK(slc_end(h));

    CHECK(!strcmp(slc_pull_json(h, 0), "[{\"a\":{\"t\":\"a needle\"}}]"));
    slc_counts(h, &in, &used, &filtered, &dead);
    CHECK(in == 3 && used == 1 && filtered == 2 && dead == 0);
    CHECK(slc_free(h) == 0);
}

static void settings_that_are_missing_are_told(void)
{
    slc *h = slc_new("transform: contains", "{field: a}");

    CHECK(slc_problem(h) && strstr(slc_problem(h), "text"));
    CHECK(slc_free(h) == 0);
}

static void each_allocation_may_fail(void)
{
    uint64_t n = 0;
    int whole;

    do {
        slc *h;

        slc_fail_alloc(NULL, ++n);
        h = slc_new("transform: contains", "{field: t, text: x}");
        whole = !slc_problem(h) && slc_push_json(h, "[{\"t\":\"x\"},{\"t\":\"y\"}]") == SL_OK &&
                slc_end(h) && !slc_problem(h) && slc_allocs() < n;
        CHECK(slc_free(h) == 0);
    } while (!whole && n < 1000);
    CHECK(whole);
    slc_fail_alloc(NULL, 0);
}

int main(void)
{
    records_that_contain_the_text_stay();
    settings_that_are_missing_are_told();
    each_allocation_may_fail();
    if (!failed)
        (void)puts("ok: contains, alone");
    return failed;
}
