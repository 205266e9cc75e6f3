/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/run/coord.c - the coordinator: opens, checkpoints, ends, and tidies up after failures.
 *
 * A state machine on the main loop. It sends one order to many nodes and counts the answers. One
 * checkpoint is under way at a time: barrier, answers of all nodes, object durable, commits in
 * graph order (the copies of one node at the same time), acknowledgements. When the last one ends
 * the run, everything is closed. After a failure, or a second stop, lanes stand still at once; when
 * no call is in flight any more, what was prepared and not committed is aborted, and everything is
 * closed.
 */
#include "engine/run/run_priv.h"

#include <signal.h>

#define PROGRESS_NS   250000000
#define PATIENCE_NS   5000000000 /* for calls in flight when the run halts */
#define RETRY_BASE_NS 200000000
#define RETRY_MOST_NS 30000000000
#define IDLE_NS       250000000
#define IDLE_LOOKS    8u /* in a row at which nothing came: that is the end */

static void close_all(sl_run *run);
static void commit_from(sl_run *run, uint32_t index);

/* ---- orders -------------------------------------------------------------------------------- */

typedef int (*node_test)(const sl_node *node);

static int any_node(const sl_node *node)
{
    return !node->is_stuck;
}

static int is_source(const sl_node *node)
{
    return node->unit->kind == SL_UNIT_SOURCE;
}

static int has_token(const sl_node *node)
{
    return node->token != NULL && !node->is_stuck;
}

/* Send CMD to the copies of unit I that TEST picks; counts them as pending. */
static void order_unit(sl_run *run, uint32_t i, uint32_t cmd, node_test test)
{
    const sl_unit *unit = &run->unit[i];

    for (uint32_t k = 0; k < unit->copies; k++) {
        if (!test(unit->copy[k]))
            continue;
        run->coord.pending++;
        sl_node_order(unit->copy[k], cmd);
    }
}

static void order_all(sl_run *run, uint32_t cmd, node_test test)
{
    run->coord.pending = 0;
    for (uint32_t i = 0; i < run->units; i++)
        order_unit(run, i, cmd, test);
}

/* ---- checkpoints --------------------------------------------------------------------------- */

static void event_end(sl_run *run, sl_event **event)
{
    if (*event)
        run->env->event_free(SL_TAKE(*event));
}

void sl_coord_checkpoint(sl_run *run, uint32_t final)
{
    sl_coord *c = &run->coord;

    if (final > c->wants_final)
        c->wants_final = final;
    if (c->phase != SL_PHASE_RUNNING || c->step != SL_STEP_NONE) {
        c->wants_checkpoint = 1;
        return;
    }
    c->wants_checkpoint = 0;
    c->final = c->wants_final;
    c->number++;
    c->step = SL_STEP_BARRIER;
    __atomic_store_n(&run->bytes_since, 0, __ATOMIC_RELAXED);
    for (uint32_t i = 0; i < run->units; i++) {
        for (uint32_t k = 0; run->unit[i].kind == SL_UNIT_SOURCE && k < run->unit[i].copies; k++)
            sl_node_order(run->unit[i].copy[k], SL_CMD_BARRIER);
    }
    c->pending = run->instances;
}

static void checkpoint_done(sl_run *run)
{
    sl_coord *c = &run->coord;

    c->step = SL_STEP_NONE;
    c->done = c->number;
    if (c->final) {
        close_all(run);
        return;
    }
    if (c->wants_final || c->wants_checkpoint)
        sl_coord_checkpoint(run, c->wants_final);
    sl_coord_on_ended(run); /* the sources may have ended meanwhile */
}

static void acknowledge(sl_run *run)
{
    run->coord.step = SL_STEP_ACK;
    order_all(run, SL_CMD_ACK, is_source);
    if (!run->coord.pending)
        checkpoint_done(run);
}

static void start_sources(sl_run *run)
{
    sl_coord *c = &run->coord;
    int32_t live = 0;

    c->phase = SL_PHASE_RUNNING;
    c->step = SL_STEP_NONE;
    for (uint32_t i = 0; i < run->units; i++) {
        if (run->unit[i].kind == SL_UNIT_SOURCE)
            live += (int32_t)run->unit[i].copies;
    }
    __atomic_store_n(&run->live, live, __ATOMIC_RELEASE);
    for (uint32_t i = 0; i < run->units; i++) {
        for (uint32_t k = 0; run->unit[i].kind == SL_UNIT_SOURCE && k < run->unit[i].copies; k++)
            sl_node_order(run->unit[i].copy[k], SL_CMD_START);
    }
    if (!live)
        sl_coord_checkpoint(run, SL_FINAL_END);
}

/* Commit the tokens of the units from INDEX on, one unit after the other. */
static void commit_from(sl_run *run, uint32_t index)
{
    sl_coord *c = &run->coord;

    c->pending = 0;
    for (; index < run->units && !c->pending; index++)
        order_unit(run, index, SL_CMD_COMMIT, has_token);
    c->commit_unit = index;
    if (c->pending)
        return;
    if (c->phase == SL_PHASE_COMMIT)
        start_sources(run);
    else
        acknowledge(run);
}

static void checkpoint_durable(sl_run *run)
{
    sl_coord *c = &run->coord;

    sl_checkpoint_free(c->checkpoint);
    c->checkpoint = SL_TAKE(c->made);
    c->tries = 0;
    if (c->holds_commit) {
        c->step = SL_STEP_HELD;
        return;
    }
    c->step = SL_STEP_COMMIT;
    commit_from(run, 0);
}

/* Write what was gathered; a disk that is full for a while only delays it. */
static void checkpoint_write(void *arg)
{
    sl_run *run = arg;
    sl_coord *c = &run->coord;
    sl_error err;
    sl_status status;
    int64_t after;

    event_end(run, &c->retry);
    if (c->phase != SL_PHASE_RUNNING)
        return;
    status = run->store ? sl_ckfile_write(run, c->made, &err) : SL_OK;
    if (status == SL_OK) {
        checkpoint_durable(run);
        return;
    }
    after = sl_retry_ns(run, c->tries++, &c->since_ns, RETRY_BASE_NS, RETRY_MOST_NS);
    if (after >= 0 && (status == SL_E_RETRY || status == SL_E_NOMEM))
        c->retry = run->env->timer(run->loop, after, 0, checkpoint_write, run);
    if (!c->retry) {
        sl_run_fail(run, status, err.code, err.text);
        return;
    }
    sl_log_print(run->log, SL_LOG_WARN, NULL, err.code, "%s; trying again in %.1f s", err.text,
                 (double)after / 1e9);
}

/* All nodes have answered the barrier. */
static void checkpoint_gather(sl_run *run)
{
    sl_coord *c = &run->coord;
    sl_error err;

    if (sl_checkpoint_gather(run, c->number, &c->made, &err) != SL_OK)
        sl_run_fail(run, err.status, err.code, err.text);
    else
        checkpoint_write(run);
}

void sl_coord_release(sl_run *run)
{
    sl_coord *c = &run->coord;

    c->holds_commit = 0;
    if (c->step != SL_STEP_HELD)
        return;
    c->step = SL_STEP_COMMIT;
    commit_from(run, 0);
}

static void on_every(void *arg)
{
    sl_coord_checkpoint(arg, SL_FINAL_NO);
}

void sl_coord_on_wanted(void *arg)
{
    sl_run *run = arg;

    if (run->coord.phase == SL_PHASE_RUNNING)
        sl_coord_checkpoint(run, SL_FINAL_NO);
}

/* ---- ending -------------------------------------------------------------------------------- */

static void run_end(sl_run *run)
{
    sl_coord *c = &run->coord;

    c->phase = SL_PHASE_DONE;
    event_end(run, &c->every);
    event_end(run, &c->progress);
    event_end(run, &c->patience);
    event_end(run, &c->idle);
    event_end(run, &c->retry);
    event_end(run, &c->signal[0]);
    event_end(run, &c->signal[1]);
    run->env->loop_stop(run->loop);
}

static void close_all(sl_run *run)
{
    run->coord.phase = SL_PHASE_CLOSING;
    order_all(run, SL_CMD_CLOSE, any_node);
    if (!run->coord.pending)
        run_end(run);
}

void sl_coord_on_ended(void *arg)
{
    sl_run *run = arg;
    sl_coord *c = &run->coord;

    if (c->phase != SL_PHASE_RUNNING || c->wants_final)
        return;
    if (sl_flag(&run->is_limited))
        sl_coord_checkpoint(run, SL_FINAL_DRAIN);
    else if (!sl_flag(&run->live) && !sl_flag(&run->news))
        sl_coord_checkpoint(run, SL_FINAL_END);
}

/* ---- halting ------------------------------------------------------------------------------- */

/* Does the next start find the tokens that are out, and commit them? */
static int is_durable(const sl_run *run)
{
    return run->store && run->published >= run->coord.number;
}

static void abort_all(sl_run *run)
{
    run->coord.phase = SL_PHASE_ABORT;
    run->coord.pending = 0;
    if (!run->hooks.is_crash && !is_durable(run))
        order_all(run, SL_CMD_ABORT, has_token);
    if (!run->coord.pending)
        close_all(run);
}

/* The calls in flight have had their time: what did not come back is left alone. */
static void on_patience(void *arg)
{
    sl_run *run = arg;

    for (uint32_t i = 0; i < run->units; i++) {
        for (uint32_t k = 0; k < run->unit[i].copies; k++) {
            sl_node *node = run->unit[i].copy[k];
            if (node->is_told)
                continue;
            node->is_stuck = 1;
            sl_log_print(run->log, SL_LOG_ERROR, node->unit->name, "node.stuck",
                         "did not end its call in time; left as it is");
        }
    }
    if (run->coord.phase == SL_PHASE_HALTING)
        abort_all(run);
    else if (run->coord.phase == SL_PHASE_ABORT)
        close_all(run);
    else
        run_end(run);
}

static void halt(sl_run *run)
{
    sl_coord *c = &run->coord;

    if (c->phase >= SL_PHASE_HALTING)
        return;
    c->phase = SL_PHASE_HALTING;
    sl_flag_set(&run->is_halted, 1);
    sl_flag_set(&run->is_canceled, 1);
    for (uint32_t i = 0; i < run->units; i++) {
        for (uint32_t k = 0; k < run->unit[i].copies; k++) {
            sl_node *node = run->unit[i].copy[k];
            if (node->klass->interrupt && !node->unit->is_dry)
                node->klass->interrupt(node->self);
        }
    }
    event_end(run, &c->patience);
    c->patience = run->env->timer(run->loop, PATIENCE_NS, PATIENCE_NS, on_patience, run);
    order_all(run, SL_CMD_HALT, any_node);
}

void sl_run_fail(sl_run *run, sl_status status, const char *code, const char *text)
{
    int first;

    (void)pthread_mutex_lock(&run->error_lock);
    first = !run->has_failed;
    run->has_failed = 1;
    if (first)
        (void)sl_error_set(&run->error, status, code, "%s", text);
    (void)pthread_mutex_unlock(&run->error_lock);
    if (!first)
        return;
    sl_flag_set(&run->is_halted, 1);
    if (run->loop)
        sl_inbox_send(&run->inbox, &run->fail_work);
}

void sl_coord_on_fail(void *arg)
{
    sl_run *run = arg;

    run->outcome = SL_RUN_FAILED;
    halt(run);
}

void sl_run_stop(sl_run *run)
{
    (void)__atomic_add_fetch(&run->stops, 1, __ATOMIC_ACQ_REL);
    if (run->loop)
        sl_inbox_send(&run->inbox, &run->stop_work);
}

void sl_coord_on_stop(void *arg)
{
    sl_run *run = arg;
    sl_coord *c = &run->coord;

    if (c->phase >= SL_PHASE_HALTING)
        return;
    if (sl_flag(&run->stops) > 1 || c->phase < SL_PHASE_RUNNING) {
        run->outcome = SL_RUN_STOPPED;
        halt(run);
        return;
    }
    if (c->wants_final)
        return; /* it ends already */
    run->outcome = SL_RUN_DRAINED;
    sl_flag_set(&run->is_draining, 1);
    sl_coord_checkpoint(run, SL_FINAL_DRAIN);
}

/* ---- answers ------------------------------------------------------------------------------- */

static void on_signal(void *arg)
{
    sl_run_stop(arg);
}

static void on_progress(void *arg)
{
    sl_run *run = arg;

    run->options.progress(run->options.progress_arg, run);
}

/* Does every source copy wait, or has it ended? */
static int all_wait(const sl_run *run)
{
    for (uint32_t i = 0; i < run->units; i++) {
        for (uint32_t k = 0; run->unit[i].kind == SL_UNIT_SOURCE && k < run->unit[i].copies; k++) {
            const sl_source *src = &run->unit[i].copy[k]->src;
            if (!sl_flag(&src->is_waiting) && !sl_flag(&src->is_ended))
                return 0;
        }
    }
    return !sl_flag(&run->news);
}

/* A source that follows never ends; one that has had nothing new for a while has come to its end,
 * when the user asks for an end. */
static void on_idle(void *arg)
{
    sl_run *run = arg;
    sl_coord *c = &run->coord;
    uint64_t bytes = __atomic_load_n(&run->bytes_all, __ATOMIC_RELAXED);

    if (c->phase != SL_PHASE_RUNNING || c->wants_final)
        return;
    c->idle_looks = all_wait(run) && bytes == c->idle_bytes ? c->idle_looks + 1 : 0;
    c->idle_bytes = bytes;
    if (c->idle_looks < IDLE_LOOKS)
        return;
    sl_flag_set(&run->is_draining, 1);
    sl_coord_checkpoint(run, SL_FINAL_DRAIN);
}

/* The clocks of a run that goes. Failing to set one up costs comfort only, but for checkpoints. */
static void start_clocks(sl_run *run)
{
    sl_coord *c = &run->coord;
    int64_t every = run->graph.limits.checkpoint_ns;

    if (run->options.progress)
        c->progress = run->env->timer(run->loop, PROGRESS_NS, PROGRESS_NS, on_progress, run);
    if (run->options.until_end)
        c->idle = run->env->timer(run->loop, IDLE_NS, IDLE_NS, on_idle, run);
    if (every <= 0 || run->hooks.is_stepped)
        return;
    c->every = run->env->timer(run->loop, every, every, on_every, run);
    if (!c->every)
        sl_run_fail(run, SL_E_NOMEM, "memory.short", "no memory for the clock of checkpoints");
}

static void all_answered(sl_run *run, uint32_t cmd)
{
    switch (cmd) {
    case SL_CMD_OPEN:
        run->coord.phase = SL_PHASE_COMMIT;
        start_clocks(run);
        commit_from(run, 0);
        return;
    case SL_CMD_BARRIER:
        checkpoint_gather(run);
        return;
    case SL_CMD_COMMIT:
        commit_from(run, run->coord.commit_unit);
        return;
    case SL_CMD_ACK:
        checkpoint_done(run);
        return;
    case SL_CMD_HALT:
        abort_all(run);
        return;
    case SL_CMD_ABORT:
        close_all(run);
        return;
    default:
        run_end(run);
        return;
    }
}

/* Which answers count in which phase: late ones of a run that halts don't. */
static int answer_counts(const sl_coord *c, uint32_t cmd)
{
    switch (c->phase) {
    case SL_PHASE_HALTING:
        return cmd == SL_CMD_HALT;
    case SL_PHASE_ABORT:
        return cmd == SL_CMD_ABORT;
    case SL_PHASE_CLOSING:
        return cmd == SL_CMD_CLOSE;
    case SL_PHASE_DONE:
        return 0;
    default:
        return 1;
    }
}

void sl_coord_reply(sl_run *run, sl_node *node, uint32_t cmd)
{
    sl_coord *c = &run->coord;

    if (cmd == SL_CMD_HALT)
        node->is_told = 1;
    if (node->is_stuck || !answer_counts(c, cmd))
        return;
    SL_ASSERT(c->pending);
    if (--c->pending == 0)
        all_answered(run, cmd);
}

void sl_coord_open(sl_run *run)
{
    sl_coord *c = &run->coord;

    c->phase = SL_PHASE_OPENING;
    if (!run->hooks.is_stepped) {
        c->signal[0] = run->env->signal(run->loop, SIGINT, on_signal, run);
        c->signal[1] = run->env->signal(run->loop, SIGTERM, on_signal, run);
    }
    order_all(run, SL_CMD_OPEN, any_node);
    if (!c->pending)
        run_end(run);
}
