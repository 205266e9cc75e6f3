/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/engine/service_test.c - loops and clocks of both worlds, log, metrics, text of records.
 */
#include "engine/service/env_real.h"
#include "engine/service/env_sim.h"
#include "engine/service/log.h"
#include "engine/service/metric.h"
#include "engine/service/row_text.h"

#include "tests/lib/suite.h"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

/* What callbacks saw, in order. */
typedef struct trace {
    sl_env *env;
    sl_loop *loop;
    sl_event *event;
    char text[64];
    uint32_t n;
    uint32_t want;
} trace;

static void put(trace *t, char c)
{
    t->text[t->n++] = c;
    if (t->n == t->want)
        t->env->loop_stop(t->loop);
}

static void put_a(void *arg)
{
    put(arg, 'a');
}

static void put_b(void *arg)
{
    put(arg, 'b');
}

static void put_c(void *arg)
{
    put(arg, 'c');
}

static void put_and_free(void *arg)
{
    trace *t = arg;

    t->env->event_free(SL_TAKE(t->event));
    put(t, 'f');
}

static void put_ready(void *arg, uint32_t what)
{
    ck_assert_uint_eq(what, SL_WATCH_READ);
    put(arg, 'r');
}

static sl_mem *new_mem(void)
{
    sl_mem *mem = sl_mem_new(sl_mem_libc(), NULL, "test", 0);

    ck_assert_ptr_nonnull(mem);
    return mem;
}

static sl_env *new_env(sl_mem *mem, int real)
{
    return real ? sl_env_real_new(mem) : sl_env_sim_new(mem, 7, 1000000);
}

static void end_env(sl_env *env, sl_mem *mem, int real)
{
    if (real)
        sl_env_real_free(env);
    else
        sl_env_sim_free(env);
    ck_assert_uint_eq(sl_mem_used(mem), 0);
    sl_mem_drop(mem);
}

START_TEST(posts_come_in_order_and_timers_by_time)
{
    for (int real = 0; real < 2; real++) {
        sl_mem *mem = new_mem();
        sl_env *env = new_env(mem, real);
        trace t = {.env = env, .loop = env->loop_new(env, mem), .want = 4};
        sl_event *late = env->timer(t.loop, 20000000, 0, put_c, &t);
        sl_event *soon = env->timer(t.loop, 5000000, 0, put_b, &t);

        ck_assert(env->post(t.loop, put_a, &t));
        ck_assert(env->post(t.loop, put_b, &t));
        env->loop_run(t.loop);

        t.text[t.n] = 0;
        ck_assert_str_eq(t.text, "abbc");
        env->event_free(late);
        env->event_free(soon);
        env->loop_free(t.loop);
        end_env(env, mem, real);
    }
}
END_TEST

START_TEST(a_periodic_timer_may_end_itself)
{
    for (int real = 0; real < 2; real++) {
        sl_mem *mem = new_mem();
        sl_env *env = new_env(mem, real);
        trace t = {.env = env, .loop = env->loop_new(env, mem), .want = 3};
        sl_event *beat = env->timer(t.loop, 1000000, 3000000, put_a, &t);

        t.event = env->timer(t.loop, 2000000, 1000000, put_and_free, &t);
        env->loop_run(t.loop);

        t.text[t.n] = 0;
        ck_assert_str_eq(t.text, "afa");
        env->event_free(beat);
        env->loop_free(t.loop);
        end_env(env, mem, real);
    }
}
END_TEST

START_TEST(a_readable_descriptor_is_told)
{
    for (int real = 0; real < 2; real++) {
        sl_mem *mem = new_mem();
        sl_env *env = new_env(mem, real);
        trace t = {.env = env, .loop = env->loop_new(env, mem), .want = 1};
        int fd[2];
        sl_event *watch;

        ck_assert_int_eq(pipe(fd), 0);
        watch = env->watch(t.loop, fd[0], SL_WATCH_READ, put_ready, &t);
        ck_assert_int_eq(write(fd[1], "x", 1), 1);
        env->loop_run(t.loop);

        ck_assert_uint_eq(t.n, 1);
        env->event_free(watch);
        (void)close(fd[0]);
        (void)close(fd[1]);
        env->loop_free(t.loop);
        end_env(env, mem, real);
    }
}
END_TEST

static void count_down(void *arg)
{
    trace *t = arg;

    if (++t->n == t->want)
        t->env->loop_stop(t->loop);
}

static void many_posts(void *arg)
{
    trace *t = arg;

    for (int i = 0; i < 1000; i++)
        ck_assert(t->env->post(t->loop, count_down, t));
}

START_TEST(posts_from_other_threads_are_all_served)
{
    sl_mem *mem = new_mem();
    sl_env *env = new_env(mem, 1);
    trace t = {.env = env, .loop = env->loop_new(env, mem), .want = 4000};
    void *thread[4];

    for (int i = 0; i < 4; i++) {
        thread[i] = env->thread(env, many_posts, &t);
        ck_assert_ptr_nonnull(thread[i]);
    }
    env->loop_run(t.loop);
    for (int i = 0; i < 4; i++)
        env->thread_join(env, thread[i]);

    ck_assert_uint_eq(t.n, 4000);
    env->loop_free(t.loop);
    end_env(env, mem, 1);
}
END_TEST

static void lane_body(void *arg)
{
    trace *t = arg;

    t->env->loop_run(t->loop);
}

START_TEST(simulated_lanes_are_driven_by_whoever_moves_the_clock)
{
    sl_mem *mem = new_mem();
    sl_env *env = new_env(mem, 0);
    trace t = {.env = env, .loop = env->loop_new(env, mem)};
    int64_t before = env->now_ns(env);
    sl_event *timer = env->timer(t.loop, 3600000000000, 0, put_b, &t);

    ck_assert_ptr_nonnull(env->thread(env, lane_body, &t));
    ck_assert(env->post(t.loop, put_a, &t));
    ck_assert_uint_eq(t.n, 0);
    ck_assert_uint_eq(sl_env_sim_idle(env), 1);
    ck_assert_int_eq(sl_env_sim_next(env), 3600000000000);
    (void)sl_env_sim_advance(env, 3600000000000);

    t.text[t.n] = 0;
    ck_assert_str_eq(t.text, "ab");
    ck_assert_int_eq(env->now_ns(env) - before, 3600000000000);
    ck_assert_int_eq(env->wall_us(env), 1000000 + 3600000000);
    env->event_free(timer);
    env->loop_free(t.loop);
    end_env(env, mem, 0);
}
END_TEST

START_TEST(what_was_posted_to_a_loop_that_is_gone_is_not_served)
{
    sl_mem *mem = new_mem();
    sl_env *env = new_env(mem, 0);
    trace t = {.env = env, .loop = env->loop_new(env, mem)};

    ck_assert(env->post(t.loop, put_a, &t));
    env->loop_free(t.loop);
    (void)sl_env_sim_idle(env);

    ck_assert_uint_eq(t.n, 0);
    end_env(env, mem, 0);
}
END_TEST

START_TEST(random_numbers_repeat_with_their_seed)
{
    sl_mem *mem = new_mem();
    sl_env *one = sl_env_sim_new(mem, 5, 0);
    sl_env *two = sl_env_sim_new(mem, 5, 0);
    uint8_t a[32];
    uint8_t b[32];

    one->random(one, a, sizeof a);
    two->random(two, b, sizeof b);

    ck_assert_mem_eq(a, b, sizeof a);
    one->random(one, b, sizeof b);
    ck_assert_mem_ne(a, b, sizeof a);
    sl_env_sim_free(one);
    end_env(two, mem, 0);
}
END_TEST

START_TEST(files_are_reached_through_the_table)
{
    const sl_os *os = sl_os_real();
    char folder[] = "/tmp/sl-os-XXXXXX";
    char a[64];
    char b[64];
    sl_file_info info;
    int32_t fd;

    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(a, sizeof a, "%s/a", folder);
    (void)snprintf(b, sizeof b, "%s/b", folder);
    fd = os->open(a, 0102, 0600); /* O_RDWR | O_CREAT */
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(os->write(fd, "hello", 5), 5);
    ck_assert_int_eq(os->sync(fd), 0);
    ck_assert_int_eq(os->close(fd), 0);
    ck_assert_int_eq(os->rename(a, b, 0), 0);
    fd = os->open(a, 0102, 0600);
    ck_assert_int_eq(os->close(fd), 0);

    ck_assert_int_eq(os->rename(a, b, 0), -1);
    ck_assert_int_eq(os->stat(b, &info), 0);
    ck_assert_uint_eq(info.bytes, 5);
    ck_assert_uint_eq(info.kind, SL_FILE_REGULAR);
    ck_assert_int_eq(os->sync_folder(folder), 0);
    ck_assert_int_eq(os->rename(a, b, 1), 0);
    ck_assert_int_eq(os->unlink(b), 0);
    ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

/* ---- log ----------------------------------------------------------------------------------- */

/* What LOG writes, through a pipe. */
static const char *written(int fd)
{
    static char text[8192];
    ssize_t n = read(fd, text, sizeof text - 1);

    text[n > 0 ? n : 0] = 0;
    return text;
}

START_TEST(a_line_of_log_can_not_be_forged)
{
    sl_mem *mem = new_mem();
    sl_env *env = new_env(mem, 0);
    int fd[2];
    sl_log *log;

    ck_assert_int_eq(pipe(fd), 0);
    log = sl_log_new(env, mem, fd[1], SL_LOG_INFO, 1);
    sl_log_write(log, SL_LOG_DEBUG, "n", "a.b", "not kept");
    sl_log_write(log, SL_LOG_ERROR, "n", "a.b", "say \"hi\"\nerror[x] forged");

    ck_assert_str_eq(written(fd[0]), "{\"time\":\"1970-01-01T00:00:01.000Z\",\"level\":\"error\","
                                     "\"code\":\"a.b\",\"node\":\"n\",\"text\":\"say \\\"hi\\\""
                                     "\\u000aerror[x] forged\"}\n");
    sl_log_free(log);
    (void)close(fd[0]);
    (void)close(fd[1]);
    end_env(env, mem, 0);
}
END_TEST

START_TEST(repeated_facts_are_folded_by_code)
{
    sl_mem *mem = new_mem();
    sl_env *env = new_env(mem, 0);
    int fd[2];
    sl_log *log;

    ck_assert_int_eq(pipe(fd), 0);
    log = sl_log_new(env, mem, fd[1], SL_LOG_INFO, 0);
    for (int i = 0; i < 100; i++)
        sl_log_print(log, SL_LOG_WARN, "n", "a.b", "number %d", i);
    sl_log_write(log, SL_LOG_WARN, "n", "other", "passes");
    (void)sl_env_sim_advance(env, 61000000000);
    sl_log_write(log, SL_LOG_WARN, "n", "a.b", "later");

    ck_assert_str_eq(written(fd[0]), "warn[a.b] n: number 0\nwarn[a.b] n: number 1\n"
                                     "warn[a.b] n: number 2\nwarn[a.b] n: number 3\n"
                                     "warn[a.b] n: number 4\nwarn[other] n: passes\n"
                                     "warn[a.b] n: … 95 more of this\nwarn[a.b] n: later\n");
    sl_log_free(log);
    (void)close(fd[0]);
    (void)close(fd[1]);
    end_env(env, mem, 0);
}
END_TEST

/* ---- metrics, text ------------------------------------------------------------------------- */

static void remember(void *arg, const sl_metric_sum *sum)
{
    sl_metric_sum *out = arg;

    if (sum->kind == SL_METRIC_HISTOGRAM)
        *out = *sum;
}

START_TEST(cells_of_a_metric_add_up)
{
    sl_mem *mem = new_mem();
    sl_metrics *metrics = sl_metrics_new(mem);
    sl_metric *a = sl_metrics_cell(metrics, "n", "p", SL_METRIC_COUNTER, "rows", "rows", "help");
    sl_metric *b = sl_metrics_cell(metrics, "n", "p", SL_METRIC_COUNTER, "rows", "rows", "help");
    sl_metric *c = sl_metrics_cell(metrics, "m", "p", SL_METRIC_COUNTER, "rows", "rows", "help");
    sl_metric *h = sl_metrics_cell(metrics, "n", "p", SL_METRIC_HISTOGRAM, "took", "s", NULL);
    sl_metric_sum sum = {0};
    double v;

    sl_metric_observe(a, 2);
    sl_metric_observe(b, 3);
    sl_metric_observe(c, 10);
    sl_metric_observe(h, 0.5);
    sl_metric_observe(h, 3);
    sl_metrics_each(metrics, remember, &sum);

    ck_assert(sl_metrics_total(metrics, "n", "rows", &v));
    ck_assert_double_eq(v, 5);
    ck_assert(sl_metrics_total(metrics, NULL, "rows", &v));
    ck_assert_double_eq(v, 15);
    ck_assert(!sl_metrics_total(metrics, "n", "other", &v));
    ck_assert_uint_eq(sum.count, 2);
    ck_assert_double_eq(sum.value, 3.5);
    ck_assert_uint_eq(sum.bucket[9], 1);
    ck_assert_uint_eq(sum.bucket[12], 1);
    sl_metrics_free(metrics);
    ck_assert_uint_eq(sl_mem_used(mem), 0);
    sl_mem_drop(mem);
}
END_TEST

START_TEST(records_are_shown_as_json)
{
    /* {"s": "a\"\n\xff", "b": bin de ad, "t": 0.5, "x": [nil, -1, true]} */
    static const uint8_t record[] = {0x84, 0xa1, 's', 0xa4, 'a',  '"',  '\n', 0xff, 0xa1,
                                     'b',  0xc4, 2,   0xde, 0xad, 0xa1, 't',  0xca, 0x3f,
                                     0,    0,    0,   0xa1, 'x',  0x93, 0xc0, 0xff, 0xc3};
    sl_mem *mem = new_mem();
    sl_rowtext out = {.mem = mem};
    sl_val v;

    (void)sl_val_read(record, &v);
    sl_rowtext_val(&out, &v, 8);

    ck_assert_str_eq(sl_rowtext_end(&out), "{\"s\":\"a\\\"\\n\\ufffd\",\"b\":\"3q0=\",\"t\":0.5,"
                                           "\"x\":[null,-1,true]}");
    sl_rowtext_free(&out);
    ck_assert_uint_eq(sl_mem_used(mem), 0);
    sl_mem_drop(mem);
}
END_TEST

SUITE("service", posts_come_in_order_and_timers_by_time, a_periodic_timer_may_end_itself,
      a_readable_descriptor_is_told, posts_from_other_threads_are_all_served,
      simulated_lanes_are_driven_by_whoever_moves_the_clock,
      what_was_posted_to_a_loop_that_is_gone_is_not_served, random_numbers_repeat_with_their_seed,
      files_are_reached_through_the_table, a_line_of_log_can_not_be_forged,
      repeated_facts_are_folded_by_code, cells_of_a_metric_add_up, records_are_shown_as_json)
