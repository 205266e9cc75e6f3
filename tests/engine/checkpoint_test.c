/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/engine/checkpoint_test.c - checkpoints as bytes, as files, and as what a start goes back
 * to.
 */
#include "tests/engine/run_fake.h"

#include "engine/service/env_sim.h"
#include "tests/lib/suite.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static sl_mem *new_mem(void)
{
    sl_mem *mem = sl_mem_new(sl_mem_libc(), NULL, "test", 0);

    ck_assert_ptr_nonnull(mem);
    return mem;
}

/* A checkpoint with a bit of everything; the second state is bigger than a block. */
static sl_checkpoint *sample(sl_mem *mem)
{
    static uint8_t big[100000];
    sl_checkpoint *c = sl_checkpoint_new(mem, 7, 2, 2);
    sl_checkpoint_node a = {.state = big, .state_len = 3, .token = big, .token_len = 0};
    sl_checkpoint_node b = {.state = big, .state_len = sizeof big};
    char source[] = "clicks";
    char name[] = "a/b.json";
    uint8_t offset[] = {0, 0, 1, 2};
    sl_checkpoint_split s = {.number = 1, .copy = 2, .source = source, .name = name};
    sl_checkpoint_split t = {.number = 2,
                             .copy = 0,
                             .source = source,
                             .name = name,
                             .offset = offset,
                             .offset_len = sizeof offset};

    ck_assert_ptr_nonnull(c);
    for (size_t i = 0; i < sizeof big; i++)
        big[i] = (uint8_t)(i * 7);
    c->epoch = 3;
    ck_assert(sl_checkpoint_put_node(mem, c, "json", 0, &a));
    ck_assert(sl_checkpoint_put_node(mem, c, "json", 1, &b));
    ck_assert(sl_checkpoint_put_split(mem, c, &s));
    ck_assert(sl_checkpoint_put_split(mem, c, &t));
    return c;
}

START_TEST(what_is_written_is_read_back)
{
    sl_mem *mem = new_mem();
    sl_checkpoint *c = sample(mem);
    sl_checkpoint *back = NULL;
    sl_error err;
    size_t len;
    uint8_t *bytes = sl_ckcode_write(mem, "g", c, &len);

    ck_assert_int_eq(sl_ckcode_read(mem, bytes, len, &back, &err), SL_OK);

    ck_assert_uint_eq(back->number, 7);
    ck_assert_uint_eq(back->epoch, 3);
    ck_assert_uint_eq(back->nodes, 2);
    ck_assert_uint_eq(back->splits, 2);
    ck_assert_str_eq(back->node[1].name, "json");
    ck_assert_uint_eq(back->node[1].copy, 1);
    ck_assert_uint_eq(back->node[1].state_len, 100000);
    ck_assert_mem_eq(back->node[1].state, c->node[1].state, 100000);
    ck_assert_ptr_nonnull(back->node[0].token);
    ck_assert_ptr_null(back->node[1].token);
    ck_assert_str_eq(back->split[1].name, "a/b.json");
    ck_assert_uint_eq(back->split[0].copy, 2);
    ck_assert_uint_eq(back->split[1].offset_len, 4);
    ck_assert_ptr_null(back->split[0].offset);
    sl_mem_free(bytes);
    sl_checkpoint_free(c);
    sl_checkpoint_free(back);
    ck_assert_uint_eq(sl_mem_used(mem), 0);
    sl_mem_drop(mem);
}
END_TEST

START_TEST(one_wrong_bit_anywhere_is_found)
{
    sl_mem *mem = new_mem();
    sl_checkpoint *c = sample(mem);
    sl_checkpoint *back = NULL;
    sl_error err;
    size_t len;
    uint8_t *bytes = sl_ckcode_write(mem, "g", c, &len);

    for (size_t at = 0; at < len; at += at < 300 ? 1 : 61) {
        bytes[at] ^= (uint8_t)(1u << at % 8);
        ck_assert_int_eq(sl_ckcode_read(mem, bytes, len, &back, &err), SL_E_DATA);
        ck_assert_str_eq(err.code, "checkpoint.damaged");
        bytes[at] ^= (uint8_t)(1u << at % 8);
    }
    for (size_t cut = 0; cut < len; cut += 97)
        ck_assert_int_eq(sl_ckcode_read(mem, bytes, cut, &back, &err), SL_E_DATA);

    ck_assert_ptr_null(back);
    sl_mem_free(bytes);
    sl_checkpoint_free(c);
    ck_assert_uint_eq(sl_mem_used(mem), 0);
    sl_mem_drop(mem);
}
END_TEST

/* ---- files --------------------------------------------------------------------------------- */

/* An endless source of 3 batches, and a sink, with checkpoints in files. */
static fake_graph *graph_with_store(void)
{
    fake_graph *g = fake_new(0);
    fake_set *source = fake_node(g, "source", &fake_source);

    source->splits = 2;
    source->batches = 3;
    source->rows = 10;
    source->is_endless = 1;
    (void)fake_node(g, "middle", &fake_single);
    (void)fake_node(g, "sink", &fake_sink);
    fake_edge(g, "source", 0, "middle", 0);
    fake_edge(g, "middle", 0, "sink", 0);
    g->graph.limits.checkpoint_store = g->folder;
    g->hooks.is_stepped = 1;
    return g;
}

static sl_run *begin(fake_graph *g)
{
    sl_run *run = fake_run(g);
    sl_error err;

    ck_assert_int_eq(sl_run_begin(run, &err), SL_OK);
    (void)sl_env_sim_idle(g->env);
    return run;
}

/* As if the process were killed: nothing is committed or aborted. */
static void kill_run(fake_graph *g, sl_run *run)
{
    sl_run_result result;

    run->hooks.is_crash = 1;
    sl_run_stop(run);
    sl_run_stop(run);
    (void)sl_env_sim_idle(g->env);
    sl_run_finish(run, &result);
    sl_run_free(run);
}

static void checkpoint(fake_graph *g, sl_run *run)
{
    uint64_t before = run->coord.done;

    sl_coord_checkpoint(run, SL_FINAL_NO);
    (void)sl_env_sim_idle(g->env);
    ck_assert_uint_eq(run->coord.done, before + 1);
}

static void file_path(const fake_graph *g, char *out, size_t cap, const char *name)
{
    (void)snprintf(out, cap, "%s/test_graph/%s", g->folder, name);
}

static int has_file(const fake_graph *g, const char *name)
{
    char path[256];

    file_path(g, path, sizeof path, name);
    return access(path, F_OK) == 0;
}

/* Change one byte in the middle of a checkpoint. */
static void damage(const fake_graph *g, const char *name)
{
    char path[256];
    FILE *file;

    file_path(g, path, sizeof path, name);
    file = fopen(path, "r+b");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fseek(file, 40, SEEK_SET), 0);
    (void)fputc(0x55, file);
    (void)fclose(file);
}

START_TEST(a_start_goes_on_behind_the_newest_checkpoint)
{
    fake_graph *g = graph_with_store();
    sl_run *run = begin(g);

    checkpoint(g, run);
    ck_assert(has_file(g, "checkpoint-00000000000000000001"));
    kill_run(g, run);
    ck_assert(fake_complete(g, 60, 1));
    run = begin(g);

    ck_assert_uint_eq(run->epoch, 2);
    ck_assert_uint_eq(run->coord.done, 1);
    ck_assert_uint_eq(fake_count(g, "sink restore 60"), 1);
    ck_assert_uint_eq(fake_count(g, "sink commit sink-1"), 2); /* at once, and again at the start */
    ck_assert(fake_complete(g, 60, 1));                        /* no row came twice */
    kill_run(g, run);
    fake_free(g);
}
END_TEST

START_TEST(a_damaged_checkpoint_is_set_aside_and_the_one_before_is_used)
{
    fake_graph *g = graph_with_store();
    sl_run *run = begin(g);

    checkpoint(g, run);
    checkpoint(g, run);
    kill_run(g, run);
    damage(g, "checkpoint-00000000000000000002");
    run = begin(g);

    ck_assert_uint_eq(run->coord.done, 1);
    ck_assert(fake_logged(g, "checkpoint.damaged"));
    ck_assert(has_file(g, "checkpoint-00000000000000000002.damaged"));
    ck_assert(!has_file(g, "checkpoint-00000000000000000002"));
    checkpoint(g, run); /* takes the place of the damaged one */
    ck_assert(has_file(g, "checkpoint-00000000000000000002"));
    kill_run(g, run);
    fake_free(g);
}
END_TEST

START_TEST(two_checkpoints_are_kept)
{
    fake_graph *g = graph_with_store();
    sl_run *run = begin(g);

    for (int i = 0; i < 5; i++)
        checkpoint(g, run);

    ck_assert(has_file(g, "checkpoint-00000000000000000005"));
    ck_assert(has_file(g, "checkpoint-00000000000000000004"));
    ck_assert(!has_file(g, "checkpoint-00000000000000000003"));
    kill_run(g, run);
    fake_free(g);
}
END_TEST

START_TEST(a_commit_that_fails_is_left_to_the_next_start)
{
    fake_graph *g = graph_with_store();
    sl_run *run;
    sl_run_result result;

    g->set[1].commit_status = SL_E_FATAL;
    run = begin(g);
    sl_coord_checkpoint(run, SL_FINAL_NO);
    (void)sl_env_sim_idle(g->env);
    sl_run_finish(run, &result);
    sl_run_free(run);
    g->set[1].commit_status = SL_OK;
    run = begin(g);

    ck_assert_uint_eq(result.outcome, SL_RUN_FAILED);
    ck_assert_uint_eq(fake_count(g, "middle abort"), 0);
    ck_assert_uint_eq(fake_count(g, "middle commit middle-1"), 2);
    ck_assert_uint_eq(fake_count(g, "sink commit sink-1"), 1);
    kill_run(g, run);
    fake_free(g);
}
END_TEST

START_TEST(a_second_process_takes_over_and_the_first_one_stops)
{
    fake_graph *g = graph_with_store();
    sl_run *first = begin(g);
    sl_run *second;
    sl_run_result result;

    checkpoint(g, first);
    second = begin(g);
    sl_coord_checkpoint(first, SL_FINAL_NO);
    (void)sl_env_sim_idle(g->env);

    ck_assert_uint_eq(first->coord.phase, SL_PHASE_DONE);
    sl_run_finish(first, &result);
    ck_assert_uint_eq(result.outcome, SL_RUN_FAILED);
    ck_assert_str_eq(result.error.code, "checkpoint.fenced");
    ck_assert_uint_eq(fake_count(g, "sink abort sink-2"), 1);
    sl_run_free(first);
    checkpoint(g, second);
    kill_run(g, second);
    fake_free(g);
}
END_TEST

START_TEST(a_graph_that_lost_a_node_with_state_is_refused)
{
    fake_graph *g = graph_with_store();
    sl_run *run = begin(g);
    sl_error err;

    checkpoint(g, run);
    kill_run(g, run);
    g->node[1].name = "other";
    run = fake_run(g);

    ck_assert_int_eq(sl_run_begin(run, &err), SL_E_CONFIG);
    ck_assert_str_eq(err.code, "checkpoint.graph");
    ck_assert_ptr_nonnull(strstr(err.text, "node middle"));
    sl_run_free(run);
    fake_free(g);
}
END_TEST

START_TEST(a_run_with_a_limit_keeps_no_checkpoint)
{
    fake_graph *g = graph_with_store();
    sl_run_result result;
    sl_run *run;

    g->options.limit = 15;
    run = fake_run(g);
    (void)sl_run_start(run, &result);
    sl_run_free(run);

    ck_assert_uint_eq(result.outcome, SL_RUN_ENDED);
    ck_assert_uint_eq(g->journal.values, 15);
    ck_assert(!has_file(g, "checkpoint-00000000000000000001"));
    fake_free(g);
}
END_TEST

/* ---- a full disk --------------------------------------------------------------------------- */

static int32_t disk_is_full;
static sl_os full_os;
static const sl_os *real_os;

static int64_t full_write(int32_t fd, const void *buf, uint64_t len)
{
    if (disk_is_full) {
        errno = ENOSPC;
        return -1;
    }
    return real_os->write(fd, buf, len);
}

static int32_t full_sync_folder(const char *path)
{
    if (disk_is_full == 2) {
        errno = EIO;
        return -1;
    }
    return real_os->sync_folder(path);
}

START_TEST(a_full_disk_delays_the_commit_until_there_is_room)
{
    for (int32_t how = 1; how <= 2; how++) {
        fake_graph *g = graph_with_store();
        sl_run *run;

        real_os = g->env->os;
        full_os = *real_os;
        full_os.write = full_write;
        full_os.sync_folder = full_sync_folder;
        g->env->os = &full_os;
        disk_is_full = 0;
        run = begin(g);
        disk_is_full = how;
        if (how == 2)
            full_os.write = real_os->write; /* only the last step fails */
        sl_coord_checkpoint(run, SL_FINAL_NO);
        (void)sl_env_sim_advance(g->env, 60000000000);

        ck_assert_uint_eq(fake_count(g, "sink commit"), 0);
        ck_assert(fake_logged(g, "checkpoint.write"));
        disk_is_full = 0;
        (void)sl_env_sim_advance(g->env, 60000000000);
        ck_assert_uint_eq(fake_count(g, "sink commit"), 1);
        ck_assert_uint_eq(run->coord.done, 1);
        kill_run(g, run);
        fake_free(g);
    }
}
END_TEST

SUITE("checkpoint", what_is_written_is_read_back, one_wrong_bit_anywhere_is_found,
      a_start_goes_on_behind_the_newest_checkpoint,
      a_damaged_checkpoint_is_set_aside_and_the_one_before_is_used, two_checkpoints_are_kept,
      a_commit_that_fails_is_left_to_the_next_start,
      a_second_process_takes_over_and_the_first_one_stops,
      a_graph_that_lost_a_node_with_state_is_refused, a_run_with_a_limit_keeps_no_checkpoint,
      a_full_disk_delays_the_commit_until_there_is_room)
