/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/run/lane.c - inboxes, and the list of nodes that a lane looks at.
 *
 * A lane's thread only runs its loop. Work comes as messages to its inbox (from any thread) and as
 * nodes in its ready list (from itself). The pump takes nodes off the list, lets each do a bounded
 * amount, and posts itself again while there are any, so that timers and descriptors have their
 * turn. Sending a message needs no memory: it is part of its sender, and the one post that it may
 * cost has its place reserved in the loop.
 */
#include "engine/run/run_priv.h"

#define PUMP_STEPS 16u /* nodes looked at in one round of the loop */

/* ---- inboxes ------------------------------------------------------------------------------- */

void sl_inbox_init(sl_inbox *box, sl_env *env, sl_loop *loop)
{
    box->env = env;
    box->loop = loop;
    (void)pthread_mutex_init(&box->lock, NULL);
}

void sl_inbox_fini(sl_inbox *box)
{
    if (box->env)
        (void)pthread_mutex_destroy(&box->lock);
    box->env = NULL;
}

static void inbox_serve(void *arg)
{
    sl_inbox *box = arg;
    sl_work *work;

    (void)pthread_mutex_lock(&box->lock);
    box->is_posted = 0;
    work = box->head;
    box->head = NULL;
    box->tail = NULL;
    while (work) {
        sl_work *next = work->next;
        work->is_queued = 0;
        (void)pthread_mutex_unlock(&box->lock);
        work->fn(work->arg);
        (void)pthread_mutex_lock(&box->lock);
        work = next;
    }
    (void)pthread_mutex_unlock(&box->lock);
}

void sl_inbox_send(sl_inbox *box, sl_work *work)
{
    int post = 0;

    (void)pthread_mutex_lock(&box->lock);
    if (!work->is_queued) {
        work->is_queued = 1;
        work->next = NULL;
        if (box->tail)
            box->tail->next = work;
        else
            box->head = work;
        box->tail = work;
        post = !box->is_posted;
        box->is_posted = 1;
    }
    (void)pthread_mutex_unlock(&box->lock);
    if (post)
        SL_ASSERT(box->env->post(box->loop, inbox_serve, box));
}

/* ---- the ready list ------------------------------------------------------------------------ */

static void lane_pump(void *arg);

static void lane_post(sl_lane *lane)
{
    if (lane->is_posted || lane->is_pumping)
        return;
    lane->is_posted = 1;
    SL_ASSERT(lane->run->env->post(lane->loop, lane_pump, lane));
}

void sl_lane_ready(sl_node *node)
{
    sl_lane *lane = node->lane;

    if (node->is_ready || node->is_closed)
        return;
    node->is_ready = 1;
    node->ready_next = NULL;
    if (lane->ready_tail)
        lane->ready_tail->ready_next = node;
    else
        lane->ready_head = node;
    lane->ready_tail = node;
    lane_post(lane);
}

static void lane_pump(void *arg)
{
    sl_lane *lane = arg;

    lane->is_posted = 0;
    lane->is_pumping = 1;
    for (uint32_t n = 0; n < PUMP_STEPS && lane->ready_head; n++) {
        sl_node *node = lane->ready_head;
        lane->ready_head = node->ready_next;
        if (!lane->ready_head)
            lane->ready_tail = NULL;
        node->is_ready = 0;
        if (sl_node_step(node))
            sl_lane_ready(node);
    }
    lane->is_pumping = 0;
    if (lane->ready_head)
        lane_post(lane);
}

/* ---- whose time runs ----------------------------------------------------------------------- */

sl_node *sl_lane_enter(sl_node *node)
{
    sl_lane *lane = node->lane;
    sl_node *before = lane->busy;
    int64_t now = lane->run->env->now_ns(lane->run->env);

    if (before)
        sl_count_add(&before->count.busy_ns, (uint64_t)(now - lane->busy_since_ns));
    lane->busy = node;
    lane->busy_since_ns = now;
    return before;
}

void sl_lane_leave(sl_node *node, sl_node *before)
{
    sl_lane *lane = node->lane;
    int64_t now = lane->run->env->now_ns(lane->run->env);

    sl_count_add(&node->count.busy_ns, (uint64_t)(now - lane->busy_since_ns));
    lane->busy = before;
    lane->busy_since_ns = now;
}

/* ---- life ---------------------------------------------------------------------------------- */

int sl_lane_init(sl_lane *lane, sl_run *run, uint32_t index)
{
    lane->run = run;
    lane->index = index;
    lane->loop = run->env->loop_new(run->env, run->parent);
    if (!lane->loop)
        return 0;
    sl_inbox_init(&lane->inbox, run->env, lane->loop);
    return 1;
}

void sl_lane_fini(sl_lane *lane)
{
    sl_dead_free(lane->dead);
    lane->dead = NULL;
    if (!lane->loop)
        return;
    sl_inbox_fini(&lane->inbox);
    lane->run->env->loop_free(lane->loop);
    lane->loop = NULL;
}
