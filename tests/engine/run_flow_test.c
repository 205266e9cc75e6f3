/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/engine/run_flow_test.c - rows on their way: order, fan-out, waiting, failing, rejecting.
 */
#include "tests/engine/run_fake.h"

#include "tests/lib/suite.h"

/* source -> middle -> sink, with BATCHES batches of 100 rows. */
static fake_graph *chain(const sl_class *middle, uint32_t batches)
{
    fake_graph *g = fake_new(0);
    fake_set *source = fake_node(g, "source", &fake_source);

    source->splits = 1;
    source->batches = batches;
    source->rows = 100;
    (void)fake_node(g, "middle", middle);
    (void)fake_node(g, "sink", &fake_sink);
    fake_edge(g, "source", 0, "middle", 0);
    fake_edge(g, "middle", 0, "sink", 0);
    return g;
}

START_TEST(rows_arrive_in_order_and_the_run_ends)
{
    fake_graph *g = chain(&fake_pass, 20);
    sl_run_result result = fake_go(g);

    ck_assert_uint_eq(result.outcome, SL_RUN_ENDED);
    ck_assert_uint_eq(result.rows, 2000);
    ck_assert(fake_complete(g, 2000, 1));
    for (uint32_t i = 0; i < 2000; i++)
        ck_assert_int_eq(g->journal.value[i], i);
    fake_free(g);
}
END_TEST

START_TEST(an_output_with_two_edges_feeds_both)
{
    fake_graph *g = chain(&fake_pass, 20);
    sl_run_result result;

    (void)fake_node(g, "second", &fake_sink);
    fake_edge(g, "middle", 0, "second", 0);
    result = fake_go(g);

    ck_assert_uint_eq(result.outcome, SL_RUN_ENDED);
    ck_assert(fake_complete(g, 2000, 2));
    fake_free(g);
}
END_TEST

START_TEST(a_node_with_two_inputs_gets_all_of_both)
{
    fake_graph *g = chain(&fake_merge, 20);
    fake_set *other = fake_node(g, "other", &fake_source);
    sl_run_result result;

    other->splits = 1;
    other->batches = 20;
    other->rows = 100;
    fake_edge(g, "other", 0, "middle", 1);
    result = fake_go(g);

    ck_assert_uint_eq(result.outcome, SL_RUN_ENDED);
    ck_assert(fake_complete(g, 2000, 2));
    fake_free(g);
}
END_TEST

START_TEST(a_call_that_waits_holds_the_next_ones_up)
{
    fake_graph *g = chain(&fake_pass, 20);
    sl_run_result result;

    g->set[1].waits = 1;
    g->set[1].wait_ns = 1000000;
    result = fake_go(g);

    ck_assert_uint_eq(result.outcome, SL_RUN_ENDED);
    ck_assert_uint_eq(g->journal.most_out, 1);
    for (uint32_t i = 0; i < 2000; i++)
        ck_assert_int_eq(g->journal.value[i], i);
    fake_free(g);
}
END_TEST

START_TEST(a_sink_may_have_several_calls_in_flight)
{
    fake_graph *g = chain(&fake_pass, 50);
    sl_run_result result;

    g->set[2].waits = 1;
    g->set[2].wait_ns = 1000000;
    result = fake_go(g);

    ck_assert_uint_eq(result.outcome, SL_RUN_ENDED);
    ck_assert_uint_gt(g->journal.most_out, 1);
    ck_assert_uint_le(g->journal.most_out, SL_CALLS_MAX);
    ck_assert(fake_complete(g, 5000, 1));
    fake_free(g);
}
END_TEST

START_TEST(a_slow_sink_stops_the_source_within_the_credit_of_the_edge)
{
    fake_graph *g = chain(&fake_pass, 200);
    sl_run *run;
    sl_run_result result;

    g->set[0].text = 1000;
    g->set[1].copies = 1;
    g->set[2].waits = 1;
    g->set[2].wait_ns = 1000000000;
    run = fake_run(g);
    (void)sl_run_start(run, &result);

    ck_assert_uint_eq(result.outcome, SL_RUN_ENDED);
    /* two edges of 1 MiB, each soft by one batch, and what the pools keep for the next ones */
    ck_assert_uint_lt(sl_mem_peak(run->mem), 5u << 20);
    ck_assert(fake_complete(g, 20000, 1));
    sl_run_free(run);
    fake_free(g);
}
END_TEST

START_TEST(a_node_that_asks_to_be_called_again_gives_each_row_once)
{
    fake_graph *g = chain(&fake_pass, 20);
    sl_run_result result;

    g->set[1].again = 7;
    result = fake_go(g);

    ck_assert_uint_eq(result.outcome, SL_RUN_ENDED);
    ck_assert(fake_complete(g, 2000, 1));
    fake_free(g);
}
END_TEST

START_TEST(a_failure_that_passes_is_tried_again)
{
    fake_graph *g = chain(&fake_pass, 20);
    sl_run_result result;

    g->set[1].retries = 3;
    g->set[2].retries = 4;
    result = fake_go(g);

    ck_assert_uint_eq(result.outcome, SL_RUN_ENDED);
    ck_assert(fake_logged(g, "fake.retry"));
    for (uint32_t i = 0; i < 2000; i++)
        ck_assert_int_eq(g->journal.value[i], i);
    fake_free(g);
}
END_TEST

START_TEST(a_batch_with_wrong_data_goes_to_the_dead_letters_whole)
{
    fake_graph *g = chain(&fake_pass, 20);
    sl_run_result result;

    g->set[2].data_at = 250;
    result = fake_go(g);

    ck_assert_uint_eq(result.outcome, SL_RUN_ENDED);
    ck_assert_uint_eq(result.dead, 100);
    ck_assert_uint_eq(g->journal.values, 1900);
    ck_assert_uint_eq(fake_arrived(g, 250), 0);
    ck_assert_ptr_nonnull(strstr(fake_dead(g), "\"code\":\"fake.data\""));
    fake_free(g);
}
END_TEST

START_TEST(a_broken_node_fails_the_run_with_its_own_words)
{
    fake_graph *g = chain(&fake_pass, 20);
    sl_run_result result;

    g->set[1].fatal_at = 555;
    result = fake_go(g);

    ck_assert_uint_eq(result.outcome, SL_RUN_FAILED);
    ck_assert_str_eq(result.error.code, "fake.fatal");
    ck_assert_str_eq(result.error.text, "middle: the fake broke");
    ck_assert_uint_eq(fake_count(g, "sink commit"), 0);
    ck_assert_uint_eq(fake_count(g, "source close"), 1);
    fake_free(g);
}
END_TEST

START_TEST(rejected_rows_are_kept_with_their_exact_bytes)
{
    fake_graph *g = chain(&fake_pass, 2);
    sl_run_result result;
    const char *dead;

    g->set[1].reject_each = 100;
    result = fake_go(g);
    dead = fake_dead(g);

    ck_assert_uint_eq(result.outcome, SL_RUN_ENDED);
    ck_assert_uint_eq(result.dead, 2);
    ck_assert_uint_eq(g->journal.values, 198);
    /* {"n": 100} in msgpack, with a map16 header as it was built: de 00 01 a1 6e 64 */
    ck_assert_ptr_nonnull(strstr(dead, "\"reason\":\"it is a multiple\",\"node\":\"middle\","
                                       "\"split\":\"s0\",\"offset\":\"00000000000000c7\""));
    ck_assert_ptr_nonnull(
        strstr(dead, "\"record\":{\"n\":100},\"record_msgpack\":\"3gABoW5k\"}\n"));
    fake_free(g);
}
END_TEST

START_TEST(rejected_rows_go_to_the_errors_port_where_it_is_wired)
{
    fake_graph *g = chain(&fake_pass, 2);
    sl_run_result result;

    g->set[1].reject_each = 100;
    (void)fake_node(g, "bad", &fake_sink);
    fake_edge(g, "middle", SL_PORT_ERRORS, "bad", 0);
    result = fake_go(g);

    ck_assert_uint_eq(result.outcome, SL_RUN_ENDED);
    ck_assert_uint_eq(result.dead, 2);
    ck_assert_uint_eq(g->journal.values, 200);
    ck_assert_uint_eq(fake_arrived(g, INT64_MIN), 2);
    ck_assert_str_eq(fake_dead(g), "");
    fake_free(g);
}
END_TEST

START_TEST(the_first_rejected_row_stops_a_graph_that_says_so)
{
    fake_graph *g = chain(&fake_pass, 2);
    sl_run_result result;

    g->set[1].reject_each = 100;
    g->node[1].errors = SL_ERRORS_STOP;
    result = fake_go(g);

    ck_assert_uint_eq(result.outcome, SL_RUN_FAILED);
    ck_assert_str_eq(result.error.code, "fake.reject");
    fake_free(g);
}
END_TEST

START_TEST(rows_that_were_not_accounted_for_fail_the_run)
{
    fake_graph *g = chain(&fake_pass, 2);
    sl_run_result result;

    g->set[1].miscounts = 1;
    result = fake_go(g);

    ck_assert_uint_eq(result.outcome, SL_RUN_FAILED);
    ck_assert_str_eq(result.error.code, "engine.count");
    ck_assert_str_eq(result.error.text,
                     "middle took in 200 rows, but used 202, filtered 0 and rejected 0");
    fake_free(g);
}
END_TEST

START_TEST(a_split_that_fails_does_not_stop_the_others)
{
    fake_graph *g = chain(&fake_pass, 10);
    sl_run_result result;

    g->set[0].splits = 3;
    g->set[0].fail_split = 2;
    result = fake_go(g);

    ck_assert_uint_eq(result.outcome, SL_RUN_ENDED);
    ck_assert_uint_eq(result.failed_splits, 1);
    ck_assert_str_eq(result.error.code, "fake.split");
    ck_assert(fake_logged(g, "fake.split"));
    ck_assert_uint_eq(g->journal.values, 2000);
    fake_free(g);
}
END_TEST

START_TEST(the_limit_of_rows_is_exact)
{
    fake_graph *g = chain(&fake_pass, 20);
    sl_run_result result;

    g->options.limit = 1234;
    result = fake_go(g);

    ck_assert_uint_eq(result.outcome, SL_RUN_ENDED);
    ck_assert_uint_eq(result.rows, 1234);
    ck_assert(fake_complete(g, 1234, 1));
    fake_free(g);
}
END_TEST

START_TEST(a_dry_run_counts_what_sinks_would_get)
{
    fake_graph *g = chain(&fake_pass, 20);
    sl_run_result result;

    g->options.dry_run = 1;
    result = fake_go(g);

    ck_assert_uint_eq(result.outcome, SL_RUN_ENDED);
    ck_assert_uint_eq(result.rows, 2000);
    ck_assert_uint_eq(g->journal.values, 0);
    ck_assert_uint_eq(fake_count(g, "sink"), 0);
    fake_free(g);
}
END_TEST

SUITE("run flow", rows_arrive_in_order_and_the_run_ends, an_output_with_two_edges_feeds_both,
      a_node_with_two_inputs_gets_all_of_both, a_call_that_waits_holds_the_next_ones_up,
      a_sink_may_have_several_calls_in_flight,
      a_slow_sink_stops_the_source_within_the_credit_of_the_edge,
      a_node_that_asks_to_be_called_again_gives_each_row_once, a_failure_that_passes_is_tried_again,
      a_batch_with_wrong_data_goes_to_the_dead_letters_whole,
      a_broken_node_fails_the_run_with_its_own_words, rejected_rows_are_kept_with_their_exact_bytes,
      rejected_rows_go_to_the_errors_port_where_it_is_wired,
      the_first_rejected_row_stops_a_graph_that_says_so,
      rows_that_were_not_accounted_for_fail_the_run, a_split_that_fails_does_not_stop_the_others,
      the_limit_of_rows_is_exact, a_dry_run_counts_what_sinks_would_get)
