/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/plugins/generate/generate_test.c - the source `generate`: the same rows again, at a pace.
 */
#include "tests/lib/suite.h"

#include <sluice/check.h>
#include <sluice/sdk.h>
#include <stdio.h>
#include <string.h>

static slc *source(const char *settings)
{
    slc *h = slc_new("source: generate", settings);

    ck_assert_msg(!slc_problem(h), "%s", slc_problem(h) ? slc_problem(h) : "");
    return h;
}

static char *copy(const char *text)
{
    char *out = malloc(strlen(text) + 1);

    ck_assert_ptr_nonnull(out);
    memcpy(out, text, strlen(text) + 1);
    return out;
}

/* What a run with SETTINGS gives, as JSON; malloc'd. */
static char *run_of(const char *settings)
{
    slc *h = source(settings);
    char *text;

    ck_assert(slc_end(h));
    text = copy(slc_pull_json(h, 0));
    ck_assert_uint_eq(slc_free(h), 0);
    return text;
}

/* How often WHAT is in TEXT. */
static uint32_t times(const char *text, const char *what)
{
    uint32_t n = 0;

    for (const char *at = strstr(text, what); at; at = strstr(at + 1, what))
        n++;
    return n;
}

/* Every event of ONE, by its id, stands in OTHER with the same bytes up to the next. */
static void expect_same_events(const char *one, const char *other)
{
    static const char id[] = "{\"event_id\":";
    uint32_t n = 0;

    ck_assert_uint_eq(strlen(one), strlen(other));
    for (const char *at = strstr(one, id); at; n++) {
        const char *next = strstr(at + 1, id);
        size_t len = (next ? (size_t)(next - at) : strlen(at)) - 1;
        char *event = malloc(len + 1);

        ck_assert_ptr_nonnull(event);
        memcpy(event, at, len);
        event[len] = 0;
        ck_assert_msg(strstr(other, event) != NULL, "%s", event);
        free(event);
        at = next;
    }
    ck_assert_uint_gt(n, 0);
}

START_TEST(the_same_seed_gives_the_same_rows)
{
    char *one = run_of("rows: 200\nseed: 7");
    char *again = run_of("rows: 200\nseed: 7");
    char *other = run_of("rows: 200\nseed: 8");

    ck_assert_uint_eq(times(one, "\"event_id\""), 200);
    ck_assert_str_eq(one, again);
    ck_assert_str_ne(one, other);
    free(one);
    free(again);
    free(other);
}
END_TEST

START_TEST(splits_share_the_rows_and_change_none)
{
    char *one = run_of("rows: 203");

    for (int splits = 2; splits < 6; splits++) {
        char settings[64];
        char *many;

        (void)snprintf(settings, sizeof settings, "rows: 203\nsplits: %d", splits);
        many = run_of(settings);
        expect_same_events(one, many);
        free(many);
    }
    free(one);
}
END_TEST

START_TEST(more_splits_than_rows_are_fine)
{
    char *one = run_of("rows: 3\nsplits: 64");

    ck_assert_uint_eq(times(one, "\"event_id\""), 3);
    free(one);
}
END_TEST

/* ---- a class that passes records on, to read JSON with the harness --------------------------- */

struct sl_instance {
    const sl_host *host;
    sl_node *node;
};

static sl_status pass_create(const sl_host *host, sl_node *node, const sl_config *cfg,
                             sl_instance **out)
{
    (void)cfg;
    *out = host->alloc(node, sizeof **out);
    if (!*out)
        return SL_E_NOMEM;
    **out = (sl_instance){host, node};
    return host->rows->through(node, 0, 0);
}

static void pass_destroy(sl_instance *self)
{
    if (self)
        self->host->release(self);
}

static sl_status pass_process(sl_instance *self, sl_call *call, uint32_t port, sl_batch *batch)
{
    (void)call;
    (void)port;
    self->host->count(self->node, batch->nsel, 0);
    return self->host->emit(self->node, 0, self->host->rows->ref(batch));
}

static const sl_transform_ops pass_ops = {.size = sizeof(sl_transform_ops),
                                          .process = pass_process};
static const sl_class pass_class = {
    .size = sizeof(sl_class),
    .kind = SL_CLASS_TRANSFORM,
    .id = "pass",
    .brief = "passes records on",
    .ops = &pass_ops,
    .create = pass_create,
    .destroy = pass_destroy,
};

START_TEST(lines_of_json_hold_the_same_as_records)
{
    char *records = run_of("rows: 500\nseed: 3");
    slc *lines = source("rows: 500\nseed: 3\nas: json");
    slc *reader = slc_new_class(&pass_class, NULL);
    const char *comma = "[";
    char *array = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&array, &len);

    for (uint32_t i = 0; slc_batch(lines, 0, i); i++) {
        SL_EACH (row, slc_batch(lines, 0, i)) {
            sl_val record;
            sl_val v;

            sl_batch_row(slc_batch(lines, 0, i), row, &record);
            ck_assert(sl_val_find(&record, "payload", 7, &v));
            (void)fprintf(f, "%s%.*s", comma, (int)v.n, (const char *)v.ptr);
            comma = ",";
        }
    }
    (void)fprintf(f, "]");
    (void)fclose(f);
    ck_assert_int_eq(slc_push_json(reader, array), SL_OK);

    expect_same_events(records, slc_pull_json(reader, 0));

    free(array);
    free(records);
    ck_assert_uint_eq(slc_free(lines), 0);
    ck_assert_uint_eq(slc_free(reader), 0);
}
END_TEST

START_TEST(events_have_the_shape_that_is_promised)
{
    char *text = run_of("rows: 2000");

    ck_assert_uint_gt(strlen(text) / 2000, 500);
    ck_assert_uint_lt(strlen(text) / 2000, 1000);
    ck_assert_uint_gt(times(text, "\"referrer\":null"), 200);
    ck_assert_uint_lt(times(text, "\"referrer\":"), 2000); /* absent, too */
    ck_assert_uint_gt(times(text, "\"geo\":"), 100);
    ck_assert_uint_gt(times(text, "\"utm\":"), 100);
    ck_assert_uint_gt(times(text, "\"experiment\":"), 100);
    ck_assert_uint_gt(times(text, "\"items\":[]"), 200);
    ck_assert_uint_gt(times(text, "\xf0\x9f\x8e\x89"), 50);
    ck_assert_uint_gt(times(text, "\\n"), 50);
    ck_assert_uint_gt(times(text, "\"event_time\":\"2026-01-01T00:00:01.999Z\""), 0);
    free(text);
}
END_TEST

START_TEST(a_rate_is_kept)
{
    static const struct {
        const char *settings;
        const char *time;
        uint64_t rows;
    } cases[] = {
        {"rate: 1000", "10s", 10000},
        {"rate: 1000\nsplits: 3", "10s", 10000},
        {"rate: 0.5", "20s", 10},
        {"rate: 3", "60s", 180},
        {"rate: 0.0001", "1h", 0},
        {"rate: 1e-300", "1h", 0},
        {"rate: 250000\nas: json", "2s", 500000},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slc *h = source(cases[i].settings);

        slc_advance(h, cases[i].time);

        ck_assert_msg(slc_rows(h, 0) + cases[i].rows / 50 + 3 >= cases[i].rows &&
                          slc_rows(h, 0) <= cases[i].rows + 3,
                      "%s: %u rows", cases[i].settings, (unsigned)slc_rows(h, 0));
        ck_assert_uint_eq(slc_free(h), 0);
    }
}
END_TEST

START_TEST(a_long_time_at_a_rate_takes_no_memory)
{
    slc *h = source("rate: 1");

    slc_advance(h, "10s");
    for (int i = 0; i < 50; i++) {
        slc_advance(h, "100s");
        slc_drop(h, 0);
    }
    slc_fail_alloc(h, 0);
    slc_advance(h, "10s");

    ck_assert_uint_lt(slc_allocs(), 200);
    ck_assert_uint_eq(slc_free(h), 0);
}
END_TEST

START_TEST(what_was_held_up_is_not_caught_up_with)
{
    slc *h = source("rate: 100");
    uint64_t before;

    slc_advance(h, "1s");
    slc_credit(h, 0, 1);
    slc_advance(h, "1h");
    before = slc_rows(h, 0);
    slc_credit(h, 0, UINT64_MAX);

    ck_assert_uint_le(slc_rows(h, 0), before + 20000); /* what waited in the edge */
    ck_assert_uint_lt(slc_rows(h, 0), 100000);
    ck_assert_uint_eq(slc_free(h), 0);
}
END_TEST

START_TEST(a_restart_goes_on_with_the_next_row)
{
    char *straight = run_of("rows: 400\nsplits: 3");
    slc *h = source("rows: 400\nsplits: 3\nrate: 100");

    for (int i = 0; i < 3; i++) {
        slc_advance(h, "1s");
        ck_assert(slc_crash_and_restore(h));
    }
    ck_assert(slc_end(h));

    expect_same_events(straight, slc_pull_json(h, 0));
    free(straight);
    ck_assert_uint_eq(slc_free(h), 0);
}
END_TEST

START_TEST(memory_that_is_short_at_any_call_loses_and_repeats_nothing)
{
    char *straight = run_of("rows: 300\nsplits: 2");
    uint64_t whole = 0;
    uint64_t n = 1;

    for (;; n++) {
        slc *h;

        slc_fail_alloc(NULL, n);
        h = slc_new("source: generate", "rows: 300\nsplits: 2");
        slc_advance(h, "60s");
        if (slc_end(h) && !strstr(slc_log(h), "\"level\":\"error\"")) {
            expect_same_events(straight, slc_pull_json(h, 0));
            whole++;
        }
        ck_assert_uint_eq(slc_free(h), 0);
        if (slc_allocs() < n)
            break;
    }
    slc_fail_alloc(NULL, 0);
    ck_assert_uint_gt(whole, 4);
    free(straight);
}
END_TEST

START_TEST(a_start_that_is_no_time_is_refused)
{
    slc *h = slc_new("source: generate", "start: yesterday");

    ck_assert_ptr_nonnull(slc_problem(h));
    ck_assert_ptr_nonnull(strstr(slc_problem(h), "2026-01-31T12:00:00Z"));
    ck_assert_uint_eq(slc_free(h), 0);
}
END_TEST

START_TEST(times_stay_within_what_can_be_written)
{
    char *text = run_of("rows: 50\nstart: '9999-12-31T23:59:59Z'\nstep: 300ms");
    char *wide = run_of("rows: 50\nstep: 1000000h\nsplits: 2");

    ck_assert_uint_eq(times(text, "\"event_time\":\"9999-12-31T23:59:59"), 50);
    ck_assert_uint_eq(times(wide, "\"event_time\":\""), 50);
    free(text);
    free(wide);
}
END_TEST

START_TEST(the_class_conforms)
{
    char *text = slc_conform("source: generate", "rows: 100");

    ck_assert_msg(!text, "%s", text);
    text = slc_conform("source: generate", "rows: 100\nas: json\nsplits: 2");
    ck_assert_msg(!text, "%s", text);
}
END_TEST

SUITE("generate", the_same_seed_gives_the_same_rows, splits_share_the_rows_and_change_none,
      more_splits_than_rows_are_fine, lines_of_json_hold_the_same_as_records,
      events_have_the_shape_that_is_promised, a_rate_is_kept, a_long_time_at_a_rate_takes_no_memory,
      what_was_held_up_is_not_caught_up_with, a_restart_goes_on_with_the_next_row,
      memory_that_is_short_at_any_call_loses_and_repeats_nothing,
      a_start_that_is_no_time_is_refused, times_stay_within_what_can_be_written, the_class_conforms)
