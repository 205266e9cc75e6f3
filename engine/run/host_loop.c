/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/run/host_loop.c - a plugin's timers and watched descriptors.
 *
 * Each is an event of the lane's loop with a note whose it is, in a list of its node, so that a
 * node that is closed leaves none behind. Callbacks run on the lane like calls do, and their time
 * is the node's.
 */
#include "engine/run/run_priv.h"

struct sl_host_event {
    sl_node *node;
    sl_host_event *next;
    sl_host_event *before;
    sl_event *event;
    void (*timer)(sl_instance *, void *);
    void (*ready)(sl_instance *, void *, uint32_t);
    void *arg;
};

static sl_host_event *event_new(sl_node *node, void *arg)
{
    sl_host_event *e = sl_mem_zalloc(node->run->parent, 1, sizeof *e);

    if (!e)
        return NULL;
    e->node = node;
    e->arg = arg;
    e->next = node->events;
    if (e->next)
        e->next->before = e;
    node->events = e;
    return e;
}

static void event_drop(sl_host_event *e)
{
    if (e->before)
        e->before->next = e->next;
    else
        e->node->events = e->next;
    if (e->next)
        e->next->before = e->before;
    e->node->run->env->event_free(e->event);
    sl_mem_free(e);
}

/* The callback may end its event: E is not touched after it. */
static void on_timer(void *arg)
{
    sl_host_event *e = arg;
    sl_node *node = e->node;
    sl_node *before;

    if (sl_flag(&node->run->is_halted))
        return;
    before = sl_lane_enter(node);
    e->timer(node->self, e->arg);
    sl_lane_leave(node, before);
}

static void on_ready(void *arg, uint32_t what)
{
    sl_host_event *e = arg;
    sl_node *node = e->node;
    sl_node *before = sl_lane_enter(node);

    e->ready(node->self, e->arg, what);
    sl_lane_leave(node, before);
}

sl_event *sl_host_timer(sl_node *node, int64_t after_ns, int64_t period_ns,
                        void (*fn)(sl_instance *, void *), void *arg)
{
    sl_host_event *e = event_new(node, arg);

    if (!e)
        return NULL;
    e->timer = fn;
    e->event = node->run->env->timer(node->lane->loop, after_ns, period_ns, on_timer, e);
    if (e->event)
        return (sl_event *)(void *)e;
    event_drop(e);
    return NULL;
}

sl_event *sl_host_watch(sl_node *node, int32_t fd, uint32_t what,
                        void (*fn)(sl_instance *, void *, uint32_t), void *arg)
{
    sl_host_event *e = event_new(node, arg);

    if (!e)
        return NULL;
    e->ready = fn;
    e->event = node->run->env->watch(node->lane->loop, fd, what, on_ready, e);
    if (e->event)
        return (sl_event *)(void *)e;
    event_drop(e);
    return NULL;
}

void sl_host_unwatch(sl_event *event)
{
    if (event)
        event_drop((sl_host_event *)(void *)event);
}

void sl_host_events_free(sl_node *node)
{
    while (node->events)
        event_drop(node->events);
}
