/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/engine/run_end_test.c - checkpoints, their order, and the ways in which a run ends.
 */
#include "tests/engine/run_fake.h"

#include "engine/service/env_sim.h"
#include "tests/lib/fail_mem.h"
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

/* The line that is TEXT comes after line FROM; gives its number. */
static uint32_t after(const fake_graph *g, const char *text, uint32_t from)
{
    int32_t line = fake_line(g, text, from);

    ck_assert_msg(line >= 0, "no line \"%s\" behind line %u", text, from);
    return (uint32_t)line;
}

/* Begin a run that the test drives itself. */
static sl_run *begin(fake_graph *g)
{
    sl_run *run;
    sl_error err;

    g->hooks.is_stepped = 1;
    run = fake_run(g);
    ck_assert_int_eq(sl_run_begin(run, &err), SL_OK);
    (void)sl_env_sim_idle(g->env);
    return run;
}

static sl_run_result end(fake_graph *g, sl_run *run)
{
    sl_run_result result;

    for (int i = 0; i < 1000 && run->coord.phase != SL_PHASE_DONE; i++)
        (void)sl_env_sim_advance(g->env, 100000000);
    ck_assert_uint_eq(run->coord.phase, SL_PHASE_DONE);
    sl_run_finish(run, &result);
    sl_run_free(run);
    return result;
}

START_TEST(a_checkpoint_goes_from_prepare_to_acknowledge_in_order)
{
    fake_graph *g = chain(&fake_single, 3);
    uint32_t at = 0;

    ck_assert_uint_eq(fake_go(g).outcome, SL_RUN_ENDED);

    at = after(g, "middle flush", at);
    at = after(g, "middle prepare 1 splits 1", at);
    at = after(g, "middle snapshot 1", at);
    at = after(g, "sink flush", at);
    at = after(g, "sink prepare 1 splits 1", at);
    at = after(g, "sink snapshot 1", at);
    at = after(g, "middle commit middle-1", at);
    at = after(g, "sink commit sink-1", at);
    at = after(g, "source ack 1 split 1 at 299", at);
    at = after(g, "source close", at);
    (void)after(g, "sink close", at);
    ck_assert_uint_eq(fake_count(g, "sink commit"), 1);
    fake_free(g);
}
END_TEST

START_TEST(rows_that_a_node_keeps_come_out_before_its_barrier)
{
    fake_graph *g = chain(&fake_single, 3);

    g->set[1].holds = 1;
    g->set[1].emits_at_prepare = 1;
    ck_assert_uint_eq(fake_go(g).outcome, SL_RUN_ENDED);

    ck_assert_uint_eq(g->journal.values, 301);
    ck_assert_int_eq(g->journal.value[299], 299);
    ck_assert_int_eq(g->journal.value[300], -1);
    fake_free(g);
}
END_TEST

START_TEST(a_node_with_two_inputs_prepares_when_both_have_delivered)
{
    fake_graph *g = chain(&fake_merge, 3);
    fake_set *other = fake_node(g, "other", &fake_source);
    fake_set *slow = fake_node(g, "slow", &fake_pass);

    other->splits = 1;
    other->batches = 3;
    other->rows = 100;
    slow->waits = 1;
    slow->wait_ns = 1000000000;
    fake_edge(g, "other", 0, "slow", 0);
    fake_edge(g, "slow", 0, "middle", 1);
    ck_assert_uint_eq(fake_go(g).outcome, SL_RUN_ENDED);

    ck_assert(fake_complete(g, 300, 2));
    ck_assert_uint_gt(after(g, "middle snapshot 1", 0), after(g, "slow snapshot 1", 0));
    ck_assert_uint_eq(fake_count(g, "middle snapshot"), 1);
    fake_free(g);
}
END_TEST

START_TEST(a_clock_makes_checkpoints_while_the_source_waits)
{
    fake_graph *g = chain(&fake_single, 3);
    sl_run *run;

    g->graph.limits.checkpoint_ns = 10000000000;
    g->set[0].is_endless = 1;
    run = fake_run(g);
    {
        sl_error err;
        ck_assert_int_eq(sl_run_begin(run, &err), SL_OK);
    }
    (void)sl_env_sim_advance(g->env, 35000000000);

    ck_assert_uint_eq(fake_count(g, "sink commit"), 3);
    ck_assert_uint_eq(fake_count(g, "source ack"), 3);
    sl_run_stop(run);
    ck_assert_uint_eq(end(g, run).outcome, SL_RUN_DRAINED);
    fake_free(g);
}
END_TEST

START_TEST(a_stop_drains_and_commits_what_has_been_read)
{
    fake_graph *g = chain(&fake_single, 3);
    sl_run *run;

    g->set[0].is_endless = 1;
    run = begin(g);
    ck_assert_uint_eq(fake_count(g, "sink commit"), 0);
    sl_run_stop(run);

    ck_assert_uint_eq(end(g, run).outcome, SL_RUN_DRAINED);
    ck_assert_uint_eq(fake_count(g, "sink commit"), 1);
    ck_assert_uint_eq(fake_count(g, "source ack 1 split 1 at 299"), 1);
    ck_assert(fake_complete(g, 300, 1));
    fake_free(g);
}
END_TEST

START_TEST(a_drain_leaves_the_rest_in_a_decoder_alone)
{
    fake_graph *g = chain(&fake_decoder, 3);
    sl_run *run;

    g->set[0].is_endless = 1;
    g->set[1].holds = 1;
    run = begin(g);
    sl_run_stop(run);

    ck_assert_uint_eq(end(g, run).outcome, SL_RUN_DRAINED);
    ck_assert_uint_eq(fake_count(g, "middle flush"), 0);
    ck_assert_uint_eq(fake_count(g, "sink flush"), 1);
    ck_assert_uint_eq(g->journal.values, 200);
    fake_free(g);
}
END_TEST

START_TEST(a_second_stop_aborts_what_is_not_committed)
{
    fake_graph *g = chain(&fake_single, 3);
    sl_run *run;

    g->set[0].is_endless = 1;
    run = begin(g);
    run->coord.holds_commit = 1;
    sl_run_stop(run);
    (void)sl_env_sim_idle(g->env);
    sl_run_stop(run);

    ck_assert_uint_eq(end(g, run).outcome, SL_RUN_STOPPED);
    ck_assert_uint_eq(fake_count(g, "sink abort sink-1"), 1);
    ck_assert_uint_eq(fake_count(g, "middle abort middle-1"), 1);
    ck_assert_uint_eq(fake_count(g, "sink commit"), 0);
    ck_assert_uint_eq(fake_count(g, "source ack"), 0);
    ck_assert_uint_eq(fake_count(g, "sink close"), 1);
    fake_free(g);
}
END_TEST

START_TEST(a_call_that_never_ends_does_not_keep_a_second_stop_up)
{
    fake_graph *g = chain(&fake_single, 3);
    sl_run *run;
    sl_run_result result;

    g->set[1].never_ends = 1;
    run = begin(g);
    sl_run_stop(run);
    sl_run_stop(run);
    for (int i = 0; i < 200 && run->coord.phase != SL_PHASE_DONE; i++)
        (void)sl_env_sim_advance(g->env, 100000000);

    ck_assert_uint_eq(run->coord.phase, SL_PHASE_DONE);
    ck_assert(fake_logged(g, "node.stuck"));
    sl_run_finish(run, &result);
    ck_assert_uint_eq(result.outcome, SL_RUN_STOPPED);
    sl_run_free(run); /* leaves everything to the call that may still come back */
    sl_call_finish(&run->unit[1].copy[0]->data[0], SL_OK);
    (void)sl_env_sim_idle(g->env);
    run->unit[1].copy[0]->is_stuck = 0;
    sl_run_free(run);
    fake_free(g);
}
END_TEST

START_TEST(a_failure_after_prepare_aborts_all_tokens)
{
    fake_graph *g = chain(&fake_single, 3);
    sl_run_result result;

    g->set[2].prepare_status = SL_E_FATAL;
    result = fake_go(g);

    ck_assert_uint_eq(result.outcome, SL_RUN_FAILED);
    ck_assert_str_eq(result.error.code, "fake.prepare");
    ck_assert_uint_eq(fake_count(g, "middle abort middle-1"), 1);
    ck_assert_uint_eq(fake_count(g, "middle commit"), 0);
    fake_free(g);
}
END_TEST

START_TEST(prepare_and_commit_are_tried_again_when_the_world_fails)
{
    fake_graph *g = chain(&fake_single, 3);

    g->set[2].prepare_status = SL_E_RETRY;
    g->set[1].commit_status = SL_E_RETRY;
    ck_assert_uint_eq(fake_go(g).outcome, SL_RUN_ENDED);

    ck_assert_uint_eq(fake_count(g, "sink prepare 1"), 2);
    ck_assert_uint_eq(fake_count(g, "middle commit middle-1"), 2);
    ck_assert_uint_eq(fake_count(g, "sink commit sink-1"), 1);
    fake_free(g);
}
END_TEST

START_TEST(a_run_with_patience_gives_up_a_commit_that_goes_on_failing)
{
    fake_graph *g = chain(&fake_single, 3);
    sl_run_result result;
    int64_t begin = g->env->now_ns(g->env);

    g->options.retry_ns = 2000000000;
    g->set[1].commit_status = SL_E_RETRY;
    g->set[1].commit_fails = UINT32_MAX - 1;
    result = fake_go(g);

    ck_assert_uint_eq(result.outcome, SL_RUN_FAILED);
    ck_assert_int_eq(result.error.status, SL_E_RETRY);
    ck_assert_int_ge(g->env->now_ns(g->env) - begin, 2000000000);
    ck_assert_int_lt(g->env->now_ns(g->env) - begin, 3000000000);
    ck_assert_uint_eq(fake_count(g, "middle abort middle-1"), 1);
    fake_free(g);
}
END_TEST

START_TEST(an_abort_that_goes_on_failing_does_not_keep_the_end_up)
{
    fake_graph *g = chain(&fake_single, 3);
    sl_run_result result;

    g->set[2].prepare_status = SL_E_FATAL;
    g->set[1].abort_status = SL_E_RETRY;
    result = fake_go(g);

    ck_assert_uint_eq(result.outcome, SL_RUN_FAILED);
    ck_assert_str_eq(result.error.code, "fake.prepare");
    ck_assert_uint_eq(fake_count(g, "middle abort middle-1"), 1 + SL_ABORT_TRIES);
    ck_assert_uint_eq(fake_count(g, "middle close"), 1);
    fake_free(g);
}
END_TEST

START_TEST(a_node_that_does_not_open_fails_the_run_before_any_row)
{
    fake_graph *g = chain(&fake_single, 3);
    sl_run_result result;

    g->set[2].open_status = SL_E_CONFIG;
    result = fake_go(g);

    ck_assert_uint_eq(result.outcome, SL_RUN_FAILED);
    ck_assert_str_eq(result.error.code, "fake.open");
    ck_assert_uint_eq(g->journal.values, 0);
    ck_assert_uint_eq(fake_count(g, "sink close"), 0);
    fake_free(g);
}
END_TEST

START_TEST(a_sink_that_keeps_too_much_is_made_to_let_go)
{
    fake_graph *g = chain(&fake_pass, 400);
    sl_run *run;
    sl_run_result result;

    g->graph.limits.memory_bytes = 8u << 20;
    g->set[2].hogs = 200000; /* 80 MB in all */
    run = fake_run(g);
    (void)sl_run_start(run, &result);

    ck_assert_uint_eq(result.outcome, SL_RUN_ENDED);
    ck_assert_uint_le(sl_mem_peak(run->mem), 8u << 20);
    ck_assert_uint_gt(fake_count(g, "sink prepare"), 10);
    ck_assert(fake_complete(g, 40000, 1));
    sl_run_free(run);
    fake_free(g);
}
END_TEST

START_TEST(a_sink_that_never_lets_go_fails_the_run_at_the_limit)
{
    fake_graph *g = chain(&fake_pass, 400);
    sl_run *run;
    sl_run_result result;

    g->graph.limits.memory_bytes = 8u << 20;
    g->set[1].hogs = 0;
    g->set[2].hogs = 9u << 20;
    run = fake_run(g);
    (void)sl_run_start(run, &result);

    ck_assert_uint_eq(result.outcome, SL_RUN_FAILED);
    ck_assert_str_eq(result.error.code, "memory.short");
    ck_assert_uint_le(sl_mem_peak(run->mem), 8u << 20);
    sl_run_free(run);
    fake_free(g);
}
END_TEST

START_TEST(a_source_that_follows_ends_when_the_user_asks_for_an_end)
{
    fake_graph *g = chain(&fake_single, 3);
    sl_run_result result;

    g->set[0].is_endless = 1;
    g->options.until_end = 1;
    result = fake_go(g);

    ck_assert_uint_eq(result.outcome, SL_RUN_ENDED);
    ck_assert_uint_eq(fake_count(g, "sink commit"), 1);
    ck_assert(fake_complete(g, 300, 1));
    fake_free(g);
}
END_TEST

START_TEST(many_splits_end_the_run_once)
{
    fake_graph *g = chain(&fake_pass, 2);
    sl_run_result result;

    g->set[0].splits = 16;
    result = fake_go(g);

    ck_assert_uint_eq(result.outcome, SL_RUN_ENDED);
    ck_assert(fake_complete(g, 3200, 1));
    ck_assert_uint_eq(fake_count(g, "source ack 1"), 16);
    fake_free(g);
}
END_TEST

START_TEST(a_run_out_of_memory_at_any_call_ends_or_fails_cleanly)
{
    for (uint64_t n = 1;; n++) {
        fake_graph *g = chain(&fake_single, 3);
        sl_run *run = NULL;
        sl_run_result result;
        sl_error err;
        int met;
        fail_mem source;
        sl_mem *mem;

        fail_mem_init(&source, n);
        mem = sl_mem_new(&source.source, NULL, "sweep", 0);
        if (mem &&
            sl_run_new_from(&g->graph, mem, &g->options, &g->hooks, NULL, &run, &err) == SL_OK) {
            (void)sl_run_start(run, &result);
            ck_assert(result.outcome == SL_RUN_FAILED || fake_complete(g, 300, 1));
        }
        sl_run_free(run);
        met = fail_mem_met(&source);
        if (mem) {
            ck_assert_uint_eq(sl_mem_used(mem), 0);
            sl_mem_drop(mem);
        }
        ck_assert_int_eq(source.blocks, 0);
        fake_free(g);
        if (!met)
            break;
    }
}
END_TEST

SUITE("run end", a_checkpoint_goes_from_prepare_to_acknowledge_in_order,
      rows_that_a_node_keeps_come_out_before_its_barrier,
      a_node_with_two_inputs_prepares_when_both_have_delivered,
      a_clock_makes_checkpoints_while_the_source_waits,
      a_stop_drains_and_commits_what_has_been_read, a_drain_leaves_the_rest_in_a_decoder_alone,
      a_second_stop_aborts_what_is_not_committed,
      a_call_that_never_ends_does_not_keep_a_second_stop_up,
      a_failure_after_prepare_aborts_all_tokens,
      prepare_and_commit_are_tried_again_when_the_world_fails,
      a_run_with_patience_gives_up_a_commit_that_goes_on_failing,
      an_abort_that_goes_on_failing_does_not_keep_the_end_up,
      a_node_that_does_not_open_fails_the_run_before_any_row,
      a_sink_that_keeps_too_much_is_made_to_let_go,
      a_sink_that_never_lets_go_fails_the_run_at_the_limit,
      a_source_that_follows_ends_when_the_user_asks_for_an_end, many_splits_end_the_run_once,
      a_run_out_of_memory_at_any_call_ends_or_fails_cleanly)
