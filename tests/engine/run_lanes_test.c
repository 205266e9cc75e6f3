/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/engine/run_lanes_test.c - several lanes: threads, rings, alignment; in both worlds.
 *
 * Every test runs over the simulated env, where the order is always the same, and over the real one
 * with its threads (under TSan too).
 */
#include "tests/engine/run_fake.h"

#include "tests/lib/suite.h"

/* source -> middle -> sink on LANES lanes; 8 splits of BATCHES batches of 50 rows. */
static fake_graph *lanes(int real, uint32_t lanes_wanted, const sl_class *middle,
                         const sl_class *sink, uint32_t batches)
{
    fake_graph *g = fake_new(real);
    fake_set *source = fake_node(g, "source", &fake_source);

    g->graph.limits.lanes = lanes_wanted;
    source->splits = 8;
    source->batches = batches;
    source->rows = 50;
    (void)fake_node(g, "middle", middle);
    (void)fake_node(g, "sink", sink);
    fake_edge(g, "source", 0, "middle", 0);
    fake_edge(g, "middle", 0, "sink", 0);
    return g;
}

/* Rows of one split keep their order at a sink that exists once. */
static void check_order(const fake_graph *g, uint32_t rows_a_split)
{
    int64_t last[8];

    for (uint32_t i = 0; i < 8; i++)
        last[i] = -1;
    for (uint32_t i = 0; i < g->journal.values; i++) {
        int64_t split = g->journal.value[i] / rows_a_split;
        ck_assert_int_gt(g->journal.value[i], last[split]);
        last[split] = g->journal.value[i];
    }
}

START_TEST(splits_are_spread_over_the_lanes_and_all_rows_arrive)
{
    for (int real = 0; real < 2; real++) {
        fake_graph *g = lanes(real, 4, &fake_decoder, &fake_spread, 20);
        sl_run_result result = fake_go(g);

        ck_assert_uint_eq(result.outcome, SL_RUN_ENDED);
        ck_assert_uint_eq(result.rows, 8000);
        ck_assert(fake_complete(g, 8000, 1));
        ck_assert_uint_eq(fake_count(g, "source open"), 4);
        ck_assert_uint_eq(fake_count(g, "source assign"), 8 + fake_count(g, "source revoke"));
        ck_assert_uint_eq(fake_count(g, "sink commit"), 4);
        fake_free(g);
    }
}
END_TEST

START_TEST(a_sink_that_exists_once_gets_all_lanes_in_the_order_of_their_splits)
{
    for (int real = 0; real < 2; real++) {
        fake_graph *g = lanes(real, 4, &fake_pass, &fake_sink, 40);
        sl_run_result result = fake_go(g);

        ck_assert_uint_eq(result.outcome, SL_RUN_ENDED);
        ck_assert(fake_complete(g, 16000, 1));
        check_order(g, 2000);
        ck_assert_uint_eq(fake_count(g, "sink snapshot"), 1);
        ck_assert_uint_eq(fake_count(g, "sink prepare 1 splits 8"), 1);
        fake_free(g);
    }
}
END_TEST

START_TEST(a_slow_sink_holds_all_lanes_back)
{
    for (int real = 0; real < 2; real++) {
        fake_graph *g = lanes(real, 3, &fake_pass, &fake_sink, 60);
        sl_run *run;
        sl_run_result result;

        g->set[0].text = 1000;
        g->graph.limits.edge_bytes = 200000;
        g->set[2].waits = 1;
        g->set[2].wait_ns = real ? 100000 : 100000000;
        run = fake_run(g);
        (void)sl_run_start(run, &result);

        ck_assert_uint_eq(result.outcome, SL_RUN_ENDED);
        ck_assert_uint_lt(sl_mem_peak(run->mem), 4u << 20);
        ck_assert(fake_complete(g, 24000, 1));
        sl_run_free(run);
        fake_free(g);
    }
}
END_TEST

START_TEST(a_node_that_blocks_runs_on_a_thread_of_its_own)
{
    for (int real = 0; real < 2; real++) {
        fake_graph *g = lanes(real, 1, &fake_block, &fake_sink, 40);
        sl_run *run = fake_run(g);
        sl_run_result result;

        ck_assert_uint_eq(run->lanes, 2);
        (void)sl_run_start(run, &result);
        sl_run_free(run);

        ck_assert_uint_eq(result.outcome, SL_RUN_ENDED);
        ck_assert(fake_complete(g, 16000, 1));
        check_order(g, 2000);
        fake_free(g);
    }
}
END_TEST

START_TEST(checkpoints_pass_while_lanes_are_busy)
{
    for (int real = 0; real < 2; real++) {
        fake_graph *g = lanes(real, 4, &fake_pass, &fake_sink, 200);
        sl_run_result result;

        g->graph.limits.checkpoint_bytes = 50000;
        g->graph.limits.edge_bytes = 20000;
        result = fake_go(g);

        ck_assert_uint_eq(result.outcome, SL_RUN_ENDED);
        ck_assert(fake_complete(g, 80000, 1));
        /* How many pass beside real threads is for the scheduler to say. */
        ck_assert_uint_gt(fake_count(g, "sink commit"), real ? 0 : 2);
        ck_assert_uint_eq(fake_count(g, "sink prepare"), fake_count(g, "sink commit"));
        fake_free(g);
    }
}
END_TEST

START_TEST(a_failure_on_one_lane_ends_all)
{
    for (int real = 0; real < 2; real++) {
        fake_graph *g = lanes(real, 4, &fake_pass, &fake_spread, 100);
        sl_run_result result;

        g->set[1].fatal_at = 21234;
        result = fake_go(g);

        ck_assert_uint_eq(result.outcome, SL_RUN_FAILED);
        ck_assert_str_eq(result.error.code, "fake.fatal");
        ck_assert_uint_eq(fake_count(g, "sink close"), 4);
        fake_free(g);
    }
}
END_TEST

START_TEST(a_lane_that_has_nothing_left_takes_over_splits)
{
    for (int real = 0; real < 2; real++) {
        fake_graph *g = lanes(real, 2, &fake_pass, &fake_sink, 40);
        sl_run_result result;

        g->set[0].splits = 16;
        g->set[0].only_even = 1; /* the odd ones are over at once: all of the second lane's */
        result = fake_go(g);

        ck_assert_uint_eq(result.outcome, SL_RUN_ENDED);
        ck_assert_uint_eq(g->journal.values, 8 * 40 * 50);
        if (!real)
            ck_assert_uint_ge(fake_count(g, "source revoke"), 1);
        ck_assert_uint_eq(fake_count(g, "source assign"), 16 + fake_count(g, "source revoke"));
        fake_free(g);
    }
}
END_TEST

START_TEST(each_lane_has_its_own_dead_letters)
{
    for (int real = 0; real < 2; real++) {
        fake_graph *g = lanes(real, 4, &fake_pass, &fake_spread, 10);
        const char *dead;
        sl_run_result result;
        uint32_t lines = 0;

        g->set[1].reject_each = 10;
        result = fake_go(g);
        dead = fake_dead(g);
        for (; *dead; dead++)
            lines += *dead == '\n';

        ck_assert_uint_eq(result.outcome, SL_RUN_ENDED);
        ck_assert_uint_eq(result.dead, 400);
        ck_assert_uint_eq(lines, 400);
        ck_assert_uint_eq(g->journal.values, 3600);
        fake_free(g);
    }
}
END_TEST

START_TEST(the_limit_of_rows_is_exact_over_all_lanes)
{
    for (int real = 0; real < 2; real++) {
        fake_graph *g = lanes(real, 4, &fake_pass, &fake_sink, 100);
        sl_run_result result;

        g->options.limit = 7777;
        result = fake_go(g);

        ck_assert_uint_eq(result.outcome, SL_RUN_ENDED);
        ck_assert_uint_eq(result.rows, 7777);
        ck_assert_uint_eq(g->journal.values, 7777);
        fake_free(g);
    }
}
END_TEST

SUITE("run lanes", splits_are_spread_over_the_lanes_and_all_rows_arrive,
      a_sink_that_exists_once_gets_all_lanes_in_the_order_of_their_splits,
      a_slow_sink_holds_all_lanes_back, a_node_that_blocks_runs_on_a_thread_of_its_own,
      checkpoints_pass_while_lanes_are_busy, a_failure_on_one_lane_ends_all,
      a_lane_that_has_nothing_left_takes_over_splits, each_lane_has_its_own_dead_letters,
      the_limit_of_rows_is_exact_over_all_lanes)
