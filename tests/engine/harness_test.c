/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/engine/harness_test.c - the harness tells what a class does.
 *
 * The class under test is made here: a transform that doubles the field n of each record, rejects
 * records without one, and remembers their sum in its state.
 */
#include <sluice/check.h>
#include <sluice/sdk.h>

#include "tests/lib/suite.h"

struct sl_instance {
    const sl_host *host;
    sl_node *node;
    const sl_path *path;
    const sl_key *key;
    int64_t sum;
    int64_t factor;
    uint32_t commits;
};

static sl_status times_create(const sl_host *host, sl_node *node, const sl_config *cfg,
                              sl_instance **out)
{
    sl_instance *self = host->alloc(node, sizeof *self);

    if (!self)
        return SL_E_NOMEM;
    memset(self, 0, sizeof *self);
    self->host = host;
    self->node = node;
    self->factor = host->get_int(cfg, "factor");
    self->path = host->rows->path(node, 0, "n");
    self->key = host->rows->key(node, 0, "n");
    if (!self->path || !self->key) {
        host->release(self);
        return SL_E_NOMEM;
    }
    *out = self;
    return SL_OK;
}

static void times_destroy(sl_instance *self)
{
    self->host->release(self);
}

static sl_status times_row(sl_instance *self, sl_writer *w, sl_batch *batch, uint32_t row)
{
    uint16_t r = (uint16_t)row;
    sl_val v;

    if (!sl_batch_get(batch, row, self->path, &v) || v.type != SL_V_INT) {
        self->host->reject(self->node, batch, &r, 1, "times.missing", "there is no n");
        return SL_OK;
    }
    self->sum += v.i;
    self->host->count(self->node, 1, 0);
    if (sl_row_begin(w))
        sl_row_put_i64(w, self->key, v.i * self->factor);
    return sl_row_end(w, row);
}

static sl_status times_process(sl_instance *self, sl_call *call, uint32_t port, sl_batch *batch)
{
    const sl_rows *rows = self->host->rows;
    sl_builder *b = rows->build(self->node, 0, batch);
    sl_writer w;

    (void)call;
    (void)port;
    if (!b)
        return SL_E_NOMEM;
    sl_writer_init(&w, rows, b);
    SL_EACH (row, batch) {
        sl_status status = times_row(self, &w, batch, row);
        if (status != SL_OK) {
            rows->discard(b);
            return status;
        }
    }
    return self->host->emit(self->node, 0, rows->finish(b));
}

static sl_status times_snapshot(sl_instance *self, uint64_t checkpoint, void **state, uint64_t *len)
{
    (void)checkpoint;
    *state = self->host->alloc(self->node, sizeof self->sum);
    if (!*state)
        return SL_E_NOMEM;
    memcpy(*state, &self->sum, sizeof self->sum);
    *len = sizeof self->sum;
    return SL_OK;
}

static sl_status times_restore(sl_instance *self, const void *state, uint64_t len)
{
    if (len != sizeof self->sum)
        return SL_E_DATA;
    memcpy(&self->sum, state, sizeof self->sum);
    return SL_OK;
}

/* The sum comes out at the end. */
static sl_status times_flush(sl_instance *self, sl_call *call)
{
    sl_builder *b = self->host->rows->build(self->node, 0, NULL);
    sl_writer w;

    (void)call;
    if (!b)
        return SL_E_NOMEM;
    sl_writer_init(&w, self->host->rows, b);
    if (sl_row_begin(&w))
        sl_row_put_i64(&w, self->key, self->sum);
    if (sl_row_end(&w, 0) != SL_OK) {
        self->host->rows->discard(b);
        return SL_E_NOMEM;
    }
    return self->host->emit(self->node, 0, self->host->rows->finish(b));
}

static const sl_setting times_settings[] = {
    {.size = sizeof(sl_setting),
     .type = SL_T_INT,
     .name = "factor",
     .fallback = "2",
     .brief = "what n is multiplied with"},
    SL_SETTINGS_END,
};
static const sl_transform_ops times_ops = {
    .size = sizeof(sl_transform_ops), .process = times_process, .flush = times_flush};
static const sl_class times_class = {
    .size = sizeof(sl_class),
    .kind = SL_CLASS_TRANSFORM,
    .id = "times",
    .brief = "Multiplies n",
    .settings = times_settings,
    .ops = &times_ops,
    .create = times_create,
    .destroy = times_destroy,
    .snapshot = times_snapshot,
    .restore = times_restore,
};
SL_PLUGIN("times", &times_class);

START_TEST(records_go_through_the_class)
{
    slc *h = slc_new("transform: times", NULL);

    ck_assert_ptr_null(slc_problem(h));
    ck_assert_int_eq(slc_push_json(h, "[{\"n\": 1}, {\"n\": 21}]"), SL_OK);

    ck_assert_str_eq(slc_pull_json(h, 0), "[{\"n\":2},{\"n\":42}]");
    ck_assert_str_eq(slc_pull_json(h, 0), "[]");
    ck_assert_uint_eq(slc_free(h), 0);
}
END_TEST

START_TEST(settings_are_read_as_in_a_graph)
{
    slc *h = slc_new("transform: times", "factor: 10\n");
    slc *wrong = slc_new("transform: times", "faktor: 10\n");

    (void)slc_push_json(h, "{\"n\": 3}");

    ck_assert_str_eq(slc_pull_json(h, 0), "[{\"n\":30}]");
    ck_assert_ptr_nonnull(strstr(slc_problem(wrong), "config.setting.unknown"));
    ck_assert_uint_eq(slc_free(h), 0);
    ck_assert_uint_eq(slc_free(wrong), 0);
}
END_TEST

START_TEST(rejected_records_are_shown)
{
    slc *h = slc_new("transform: times", NULL);
    uint64_t in;
    uint64_t used;
    uint64_t filtered;
    uint64_t dead;

    (void)slc_push_json(h, "[{\"n\": 1}, {\"m\": {\"$time\": \"2026-01-31T12:00:00Z\"}}]");
    slc_counts(h, &in, &used, &filtered, &dead);

    ck_assert_uint_eq(slc_dead(h), 1);
    ck_assert_uint_eq(in, 2);
    ck_assert_uint_eq(used, 1);
    ck_assert_uint_eq(dead, 1);
    ck_assert_str_eq(slc_rejects(h),
                     "[{\"code\":\"times.missing\",\"reason\":\"there is no n\",\"node\":\"test\","
                     "\"split\":\"0\",\"offset\":\"AAAAAAAAAAE=\",\"place\":0,"
                     "\"record\":{\"m\":\"2026-01-31T12:00:00Z\"}}]");
    ck_assert(slc_end(h));
    ck_assert_uint_eq(slc_free(h), 0);
}
END_TEST

START_TEST(a_restart_brings_back_state_and_rows_behind_the_checkpoint)
{
    slc *h = slc_new("transform: times", NULL);

    (void)slc_push_json(h, "[{\"n\": 1}]");
    ck_assert(slc_crash_and_restore(h));
    (void)slc_push_json(h, "[{\"n\": 2}]");
    ck_assert(slc_end(h));

    ck_assert_str_eq(slc_pull_json(h, 0), "[{\"n\":2},{\"n\":4},{\"n\":3}]");
    ck_assert_uint_eq(slc_free(h), 0);
}
END_TEST

START_TEST(memory_that_is_short_at_any_call_loses_nothing)
{
    uint64_t n = 1;

    for (;; n++) {
        slc *h;
        slc_fail_alloc(NULL, n);
        h = slc_new("transform: times", NULL);
        if (!slc_problem(h)) {
            (void)slc_push_json(h, "[{\"n\": 1}]");
            slc_advance(h, "10s");
            if (slc_end(h))
                ck_assert_str_eq(slc_pull_json(h, 0), "[{\"n\":2},{\"n\":1}]");
            else
                ck_assert_ptr_nonnull(slc_problem(h));
        }
        ck_assert_uint_eq(slc_free(h), 0);
        if (slc_allocs() < n)
            break;
    }

    ck_assert_uint_gt(n, 4);
}
END_TEST

START_TEST(an_output_without_credit_is_felt)
{
    slc *h = slc_new("transform: times", NULL);

    slc_credit(h, 0, 1);
    for (int i = 0; i < 40; i++)
        (void)slc_push_json(h, "[{\"n\": 1}]");

    ck_assert_uint_lt(slc_rows(h, 0), 40);
    slc_credit(h, 0, UINT64_MAX);
    ck_assert_uint_eq(slc_rows(h, 0), 40);
    ck_assert_uint_eq(slc_free(h), 0);
}
END_TEST

START_TEST(a_barrier_acknowledges_what_was_pushed)
{
    slc *h = slc_new("transform: times", NULL);

    (void)slc_push_json(h, "[{\"n\": 1}]");
    ck_assert_int_eq(slc_acked(h, "0"), -1);
    ck_assert(slc_barrier(h));

    ck_assert_int_eq(slc_acked(h, "0"), 1);
    ck_assert_uint_eq(slc_checkpoint(h), 1);
    ck_assert_uint_eq(slc_free(h), 0);
}
END_TEST

START_TEST(a_well_behaved_class_conforms)
{
    char *text = slc_conform("transform: times", NULL);

    ck_assert_msg(!text, "%s", text);
}
END_TEST

START_TEST(a_class_that_is_not_there_is_told)
{
    slc *h = slc_new("transform: nothing", NULL);

    ck_assert_ptr_nonnull(strstr(slc_problem(h), "harness.class"));
    ck_assert_uint_eq(slc_free(h), 0);
}
END_TEST

SUITE("harness", records_go_through_the_class, settings_are_read_as_in_a_graph,
      rejected_records_are_shown, a_restart_brings_back_state_and_rows_behind_the_checkpoint,
      memory_that_is_short_at_any_call_loses_nothing, an_output_without_credit_is_felt,
      a_barrier_acknowledges_what_was_pushed, a_well_behaved_class_conforms,
      a_class_that_is_not_there_is_told)
