/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/engine/run_sim_test.c - random graphs, crashes at random steps: each row exactly once.
 *
 * A seed makes a graph (sources, splits, lanes, nodes that wait, repeat themselves or fail for a
 * while, one or two sinks) and runs it step by step. At random steps the process "crashes":
 * instances are destroyed without commit or abort, and a new run starts from the newest checkpoint
 * that was durable. The sinks' world outlives the crashes: a token holds the rows themselves, and
 * commit adds them once. At the end each row must be there exactly once for each sink. SLSIM_SEED=N
 * runs that seed alone, SLSIM_SEEDS=N so many.
 */
#include "tests/engine/run_fake.h"

#include "engine/service/env_sim.h"
#include "tests/lib/suite.h"

#include <stdio.h>
#include <stdlib.h>

#define SEEDS      200u
#define WORLD_ROWS 20000u
#define WORLD_IDS  4096u

/* What the outside world of a sink has got. */
typedef struct world {
    uint32_t seen[WORLD_ROWS];
    uint64_t id[WORLD_IDS]; /* tokens that were committed */
    uint32_t ids;
    uint32_t foreign; /* rows that nobody sent */
    int32_t waits;
} world;

struct sl_instance {
    const sl_host *host;
    sl_node *node;
    world *to;
    const sl_path *path;
    int64_t *row; /* since the last barrier */
    uint64_t rows;
    uint64_t cap;
    struct late *waiting;
};

typedef struct late {
    struct late *next;
    sl_call *call;
    sl_event *event;
} late;

/* ---- the sink ------------------------------------------------------------------------------ */

static sl_status sink_create(const sl_host *host, sl_node *node, const sl_config *cfg,
                             sl_instance **out)
{
    sl_instance *self = host->alloc(node, sizeof *self);

    ck_assert_ptr_nonnull(self);
    memset(self, 0, sizeof *self);
    self->host = host;
    self->node = node;
    self->to = (world *)(uintptr_t)cfg;
    self->path = host->rows->path(node, 0, "n");
    *out = self;
    return SL_OK;
}

static void sink_destroy(sl_instance *self)
{
    while (self->waiting) {
        struct late *l = self->waiting;
        self->waiting = l->next;
        self->host->release(l);
    }
    self->host->release(self->row);
    self->host->release(self);
}

static void on_late(sl_instance *self, void *arg)
{
    late *l = arg;
    late **at = &self->waiting;
    sl_call *call = l->call;

    while (*at != l)
        at = &(*at)->next;
    *at = l->next;
    self->host->unwatch(l->event);
    self->host->release(l);
    self->host->finish(call, SL_OK);
}

static sl_status sink_write(sl_instance *self, sl_call *call, uint32_t port, sl_batch *batch)
{
    uint64_t need = self->rows + batch->nsel;
    late *l;

    (void)port;
    if (need > self->cap) {
        self->cap = need * 2;
        self->row = self->host->resize(self->node, self->row, self->cap * sizeof *self->row);
        ck_assert_ptr_nonnull(self->row);
    }
    SL_EACH (row, batch) {
        sl_val v;
        self->row[self->rows++] = sl_batch_get(batch, row, self->path, &v) ? v.i : -1;
    }
    self->host->count(self->node, batch->nsel, 0);
    if (!self->to->waits)
        return SL_OK;
    l = self->host->alloc(self->node, sizeof *l);
    ck_assert_ptr_nonnull(l);
    l->call = call;
    l->next = self->waiting;
    self->waiting = l;
    l->event = self->host->timer(self->node, 3000000, 0, on_late, l);
    return SL_WAIT;
}

static sl_status sink_prepare(sl_instance *self, sl_call *call, uint64_t checkpoint, void **token,
                              uint64_t *len)
{
    uint64_t *t = self->host->alloc(self->node, (self->rows + 1) * sizeof *t);

    (void)call;
    (void)checkpoint;
    ck_assert_ptr_nonnull(t);
    self->host->random(self->node, t, sizeof *t);
    if (self->rows)
        memcpy(t + 1, self->row, self->rows * sizeof *t);
    *token = t;
    *len = (self->rows + 1) * sizeof *t;
    self->rows = 0;
    return SL_OK;
}

static sl_status sink_commit(sl_instance *self, sl_call *call, const void *token, uint64_t len)
{
    world *to = self->to;
    uint64_t value;

    (void)call;
    memcpy(&value, token, sizeof value);
    for (uint32_t i = 0; i < to->ids; i++) {
        if (to->id[i] == value)
            return SL_OK;
    }
    ck_assert_uint_lt(to->ids, WORLD_IDS);
    to->id[to->ids++] = value;
    for (uint64_t at = sizeof value; at < len; at += sizeof value) {
        memcpy(&value, (const uint8_t *)token + at, sizeof value);
        if (value < WORLD_ROWS)
            to->seen[value]++;
        else
            to->foreign++;
    }
    return SL_OK;
}

static sl_status sink_abort(sl_instance *self, sl_call *call, const void *token, uint64_t len)
{
    (void)self;
    (void)call;
    (void)token;
    (void)len;
    return SL_OK;
}

static const sl_sink_ops sink_ops = {.size = sizeof(sl_sink_ops), .write = sink_write};

#define SIM_SINK(id_, flags_)                                                                      \
    {                                                                                              \
        .size = sizeof(sl_class), .flags = (flags_), .kind = SL_CLASS_SINK, .id = (id_),           \
        .ops = &sink_ops, .create = sink_create, .destroy = sink_destroy, .prepare = sink_prepare, \
        .commit = sink_commit, .abort = sink_abort                                                 \
    }
static const sl_class sim_single = SIM_SINK("sim-single", 0);
static const sl_class sim_spread = SIM_SINK("sim-spread", SL_P_PARALLEL);

/* ---- a seed -------------------------------------------------------------------------------- */

static uint32_t draw(uint64_t *seed, uint32_t n)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33) % n;
}

/* How a middle node of a random graph behaves. */
static void behave(fake_set *set, const sl_class *klass, uint64_t *seed)
{
    switch (draw(seed, 7)) {
    case 0:
        set->copies = 1;
        break;
    case 1:
        set->waits = 1;
        set->wait_ns = 1 + draw(seed, 5000000);
        break;
    case 2:
        set->again = 2 + draw(seed, 3);
        break;
    case 3:
        set->retries = draw(seed, 3);
        break;
    case 4:
        set->holds = klass == &fake_single; /* which gives it on when it prepares */
        break;
    default:
        break;
    }
}

/* Gives how many rows each sink must get. */
static uint32_t random_graph(fake_graph *g, world *worlds, uint32_t *sinks, uint64_t *seed)
{
    static const sl_class *const middles[] = {&fake_pass, &fake_single, &fake_block, &fake_decoder};
    static const char *const names[] = {"m0", "m1", "m2"};
    static const char *const sink_names[] = {"sink0", "sink1"};
    uint32_t n = draw(seed, 3);
    const char *from = "source";
    fake_set *source = fake_node(g, from, &fake_source);

    source->splits = 1 + draw(seed, 6);
    source->batches = 1 + draw(seed, 30);
    source->rows = 1 + draw(seed, 60);
    g->graph.limits.lanes = 1 + draw(seed, 3);
    g->graph.limits.edge_bytes = 1000 + draw(seed, 50000);
    g->graph.limits.checkpoint_bytes = 500 + draw(seed, 20000);
    for (uint32_t i = 0; i < n; i++) {
        const sl_class *klass = middles[draw(seed, 4)];
        behave(fake_node(g, names[i], klass), klass, seed);
        fake_edge(g, from, 0, names[i], 0);
        from = names[i];
    }
    *sinks = 1 + draw(seed, 2);
    for (uint32_t i = 0; i < *sinks; i++) {
        (void)fake_node(g, sink_names[i], draw(seed, 2) ? &sim_single : &sim_spread);
        g->node[g->graph.nodes - 1].with = (const sl_config *)(void *)&worlds[i];
        worlds[i].waits = (int32_t)draw(seed, 2);
        fake_edge(g, from, 0, sink_names[i], 0);
    }
    return source->splits * source->batches * source->rows;
}

/* The process ends here: nothing is committed or aborted, memory is just gone. */
static void crash(fake_graph *g, sl_run *run)
{
    sl_run_result result;

    run->hooks.is_crash = 1;
    sl_run_stop(run);
    sl_run_stop(run);
    while (run->coord.phase != SL_PHASE_DONE && sl_env_sim_step(g->env))
        ;
    ck_assert_uint_eq(run->coord.phase, SL_PHASE_DONE);
    for (uint32_t i = 0; i < run->units; i++) {
        for (uint32_t k = 0; k < run->unit[i].copies; k++)
            run->unit[i].copy[k]->is_stuck = 0; /* there is no other thread that could come back */
    }
    sl_run_finish(run, &result);
    sl_run_free(run);
    (void)sl_env_sim_idle(g->env);
}

/* Run until the end or for STEPS steps. False: it was not over. */
static int run_some(fake_graph *g, uint32_t steps, sl_checkpoint **restore)
{
    sl_checkpoint *newest;
    sl_run_result result;
    sl_error err;
    sl_run *run;
    int over;

    g->hooks.restore = *restore;
    run = fake_run(g);
    ck_assert_int_eq(sl_run_begin(run, &err), SL_OK);
    for (uint32_t i = 0; i < steps && run->coord.phase != SL_PHASE_DONE; i++)
        (void)sl_env_sim_step(g->env);
    over = run->coord.phase == SL_PHASE_DONE;
    newest = sl_checkpoint_copy(g->mem, run->coord.checkpoint);
    if (over) {
        sl_run_finish(run, &result);
        ck_assert_msg(result.outcome == SL_RUN_ENDED, "%s: %s", result.error.code,
                      result.error.text);
        sl_run_free(run);
    } else {
        crash(g, run);
    }
    g->hooks.restore = NULL;
    if (newest) {
        sl_checkpoint_free(*restore);
        *restore = newest;
    }
    return over;
}

static void run_seed(uint64_t number)
{
    static world worlds[2];
    uint64_t seed = number * 0x9e3779b97f4a7c15u + 1;
    fake_graph *g = fake_new(0);
    sl_checkpoint *restore = NULL;
    uint32_t sinks;
    uint32_t rows;
    uint32_t crashes;

    memset(worlds, 0, sizeof worlds);
    g->hooks.is_stepped = 1;
    rows = random_graph(g, worlds, &sinks, &seed);
    ck_assert_uint_lt(rows, WORLD_ROWS);
    crashes = draw(&seed, 8);
    while (crashes-- && !run_some(g, 1 + draw(&seed, 1500), &restore))
        ;
    if (crashes == UINT32_MAX)
        ck_assert_msg(run_some(g, 1000000, &restore), "seed %llu does not end",
                      (unsigned long long)number);

    for (uint32_t k = 0; k < sinks; k++) {
        ck_assert_uint_eq(worlds[k].foreign, 0);
        for (uint32_t i = 0; i < WORLD_ROWS; i++)
            ck_assert_msg(worlds[k].seen[i] == (i < rows),
                          "seed %llu: row %u of %u came %u times to sink %u",
                          (unsigned long long)number, i, rows, worlds[k].seen[i], k);
    }
    sl_checkpoint_free(restore);
    fake_free(g);
}

START_TEST(each_row_arrives_exactly_once_whatever_crashes)
{
    const char *one = getenv("SLSIM_SEED");
    const char *many = getenv("SLSIM_SEEDS");
    uint64_t n = many ? strtoull(many, NULL, 10) : SEEDS;

    if (one) {
        run_seed(strtoull(one, NULL, 10));
        return;
    }
    for (uint64_t seed = 1; seed <= n; seed++)
        run_seed(seed);
}
END_TEST

SUITE("run sim", each_row_arrives_exactly_once_whatever_crashes)
