/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/service/env_sim.c - one thread, one priority queue, virtual time.
 *
 * The queue is a binary heap on (time, number of the request). An event that is freed stays in the
 * heap, marked dead, until its time comes. Watched descriptors are looked at with poll() when
 * nothing else is due. Random numbers are splitmix64 of the seed.
 */
#include "engine/service/env_sim.h"

#include "engine/service/env_real.h"

#include <poll.h>

typedef struct sim_env sim_env;

struct sl_loop {
    sim_env *sim;
    int32_t stop;
};

struct sl_event {
    sim_env *sim;
    sl_event *next; /* in the list of watches */
    int64_t period_ns;
    int32_t fd;
    uint32_t what;
    int32_t dead;
    int32_t queued;
    void (*call)(void *arg);
    void (*ready)(void *arg, uint32_t what);
    void *arg;
};

typedef struct sim_item {
    int64_t at_ns;
    uint64_t seq;
    void (*fn)(void *arg);
    void *arg;
    sl_event *event; /* a timer, or NULL: a post */
} sim_item;

struct sim_env {
    sl_env pub; /* first: the table */
    sl_mem *memory;
    int64_t now_ns;
    int64_t wall_us; /* at now_ns 0 */
    uint64_t seed;
    uint64_t seq;
    sim_item *heap;
    uint32_t count;
    uint32_t cap;
    uint32_t in_thread;
    sl_event *watches;
};

static int64_t sim_now_ns(sl_env *env)
{
    return ((sim_env *)env)->now_ns;
}

static int64_t sim_wall_us(sl_env *env)
{
    sim_env *sim = (sim_env *)env;

    return sim->wall_us + sim->now_ns / 1000;
}

static void sim_random(sl_env *env, void *out, size_t len)
{
    sim_env *sim = (sim_env *)env;
    uint8_t *p = out;

    for (size_t i = 0; i < len; i++) {
        uint64_t z = sim->seed += 0x9e3779b97f4a7c15u;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
        z = (z ^ z >> 27) * 0x94d049bb133111ebu;
        p[i] = (uint8_t)(z >> 31);
    }
}

/* ---- the heap ------------------------------------------------------------------------------ */

static int is_before(const sim_item *a, const sim_item *b)
{
    return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->seq < b->seq;
}

static int heap_push(sim_env *sim, sim_item item)
{
    uint32_t i;

    if (sim->count == sim->cap) {
        uint32_t cap = sim->cap ? sim->cap * 2 : 256;
        sim_item *heap = sl_mem_resize(sim->memory, sim->heap, cap * sizeof *heap);
        if (!heap)
            return 0;
        sim->heap = heap;
        sim->cap = cap;
    }
    item.seq = sim->seq++;
    for (i = sim->count++; i && is_before(&item, &sim->heap[(i - 1) / 2]); i = (i - 1) / 2)
        sim->heap[i] = sim->heap[(i - 1) / 2];
    sim->heap[i] = item;
    return 1;
}

static sim_item heap_pop(sim_env *sim)
{
    sim_item top = sim->heap[0];
    sim_item last = sim->heap[--sim->count];
    uint32_t i = 0;

    for (;;) {
        uint32_t k = 2 * i + 1;
        if (k >= sim->count)
            break;
        if (k + 1 < sim->count && is_before(&sim->heap[k + 1], &sim->heap[k]))
            k++;
        if (!is_before(&sim->heap[k], &last))
            break;
        sim->heap[i] = sim->heap[k];
        i = k;
    }
    if (sim->count)
        sim->heap[i] = last;
    return top;
}

/* ---- moving on ----------------------------------------------------------------------------- */

static void run_item(sim_env *sim, const sim_item *item)
{
    sl_event *event = item->event;

    if (item->at_ns > sim->now_ns)
        sim->now_ns = item->at_ns;
    if (!event) {
        item->fn(item->arg);
        return;
    }
    event->queued = 0;
    if (event->dead) {
        sl_mem_free(event);
        return;
    }
    if (event->period_ns > 0)
        event->queued =
            heap_push(sim, (sim_item){.at_ns = sim->now_ns + event->period_ns, .event = event});
    event->call(event->arg);
}

/* Drop what is dead at the top, so that the next one counts. */
static void heap_tidy(sim_env *sim)
{
    while (sim->count && sim->heap[0].event && sim->heap[0].event->dead)
        sl_mem_free(heap_pop(sim).event);
}

static int poll_watches(sim_env *sim)
{
    int done = 0;

    for (sl_event *event = sim->watches; event; event = event->next) {
        struct pollfd fd = {.fd = event->fd};
        uint32_t what;
        if (event->dead)
            continue;
        fd.events = (short)((event->what & SL_WATCH_READ ? POLLIN : 0) |
                            (event->what & SL_WATCH_WRITE ? POLLOUT : 0));
        if (poll(&fd, 1, 0) <= 0)
            continue;
        what = (fd.revents & (POLLIN | POLLHUP | POLLERR) ? SL_WATCH_READ : 0u) |
               (fd.revents & (POLLOUT | POLLERR) ? SL_WATCH_WRITE : 0u);
        if (what & event->what) {
            event->ready(event->arg, what & event->what);
            done = 1;
        }
    }
    for (sl_event **at = &sim->watches; *at;) {
        sl_event *event = *at;
        if (event->dead) {
            *at = event->next;
            sl_mem_free(event);
        } else {
            at = &event->next;
        }
    }
    return done;
}

static uint64_t run_until(sim_env *sim, int64_t until_ns, const sl_loop *loop)
{
    uint64_t steps = 0;

    while (steps < SL_SIM_STEPS_MAX && !(loop && loop->stop)) {
        sim_item item;
        heap_tidy(sim);
        if (!sim->count || sim->heap[0].at_ns > sim->now_ns) {
            if (poll_watches(sim)) {
                steps++;
                continue;
            }
        }
        if (!sim->count || sim->heap[0].at_ns > until_ns)
            break;
        item = heap_pop(sim);
        run_item(sim, &item);
        steps++;
    }
    return steps;
}

int sl_env_sim_step(sl_env *env)
{
    sim_env *sim = (sim_env *)env;
    sim_item item;

    heap_tidy(sim);
    if (!sim->count)
        return poll_watches(sim);
    item = heap_pop(sim);
    run_item(sim, &item);
    return 1;
}

uint64_t sl_env_sim_idle(sl_env *env)
{
    sim_env *sim = (sim_env *)env;

    return run_until(sim, sim->now_ns, NULL);
}

uint64_t sl_env_sim_advance(sl_env *env, int64_t ns)
{
    sim_env *sim = (sim_env *)env;
    int64_t until = sim->now_ns + ns;
    uint64_t steps = run_until(sim, until, NULL);

    sim->now_ns = until;
    return steps;
}

int64_t sl_env_sim_next(const sl_env *env)
{
    const sim_env *sim = (const sim_env *)env;
    int64_t next = -1;

    for (uint32_t i = 0; i < sim->count; i++) {
        const sim_item *item = &sim->heap[i];
        if (item->event && item->event->dead)
            continue;
        if (next < 0 || item->at_ns - sim->now_ns < next)
            next = item->at_ns > sim->now_ns ? item->at_ns - sim->now_ns : 0;
    }
    return next;
}

void sl_env_sim_jump(sl_env *env, int64_t us)
{
    ((sim_env *)env)->wall_us += us;
}

/* ---- the table ----------------------------------------------------------------------------- */

static sl_loop *sim_loop_new(sl_env *env, sl_mem *mem)
{
    sl_loop *loop = sl_mem_zalloc(mem, 1, sizeof *loop);

    if (loop)
        loop->sim = (sim_env *)env;
    return loop;
}

static void sim_loop_free(sl_loop *loop)
{
    sl_mem_free(loop);
}

static void sim_loop_run(sl_loop *loop)
{
    if (loop->sim->in_thread)
        return;
    (void)run_until(loop->sim, INT64_MAX, loop);
    loop->stop = 0;
}

static void sim_loop_stop(sl_loop *loop)
{
    loop->stop = 1;
}

static int32_t sim_post(sl_loop *loop, void (*fn)(void *arg), void *arg)
{
    return heap_push(loop->sim, (sim_item){.at_ns = loop->sim->now_ns, .fn = fn, .arg = arg});
}

static sl_event *event_make(sl_loop *loop, void *arg)
{
    sl_event *event = sl_mem_zalloc(loop->sim->memory, 1, sizeof *event);

    if (event) {
        event->sim = loop->sim;
        event->arg = arg;
    }
    return event;
}

static sl_event *sim_timer(sl_loop *loop, int64_t after_ns, int64_t period_ns,
                           void (*fn)(void *arg), void *arg)
{
    sl_event *event = event_make(loop, arg);
    int64_t at = loop->sim->now_ns + (after_ns > 0 ? after_ns : 0);

    if (!event)
        return NULL;
    event->call = fn;
    event->period_ns = period_ns;
    event->queued = 1;
    if (!heap_push(loop->sim, (sim_item){.at_ns = at, .event = event})) {
        sl_mem_free(event);
        return NULL;
    }
    return event;
}

static sl_event *sim_watch(sl_loop *loop, int32_t fd, uint32_t what,
                           void (*fn)(void *arg, uint32_t), void *arg)
{
    sl_event *event = event_make(loop, arg);

    if (!event)
        return NULL;
    event->ready = fn;
    event->fd = fd;
    event->what = what;
    event->queued = 1;
    event->next = loop->sim->watches;
    loop->sim->watches = event;
    return event;
}

/* Signals never come here. */
static sl_event *sim_signal(sl_loop *loop, int32_t signo, void (*fn)(void *arg), void *arg)
{
    sl_event *event = event_make(loop, arg);

    (void)signo;
    if (event)
        event->call = fn;
    return event;
}

static void sim_event_free(sl_event *event)
{
    if (!event)
        return;
    if (event->queued)
        event->dead = 1;
    else
        sl_mem_free(event);
}

static void *sim_thread(sl_env *env, void (*fn)(void *arg), void *arg)
{
    sim_env *sim = (sim_env *)env;

    sim->in_thread++;
    fn(arg);
    sim->in_thread--;
    return sim;
}

static void sim_thread_join(sl_env *env, void *thread)
{
    (void)env;
    (void)thread;
}

sl_env *sl_env_sim_new(sl_mem *mem, uint64_t seed, int64_t wall_us)
{
    sim_env *sim = sl_mem_zalloc(mem, 1, sizeof *sim);

    if (!sim)
        return NULL;
    sim->memory = mem;
    sim->seed = seed;
    sim->wall_us = wall_us;
    sim->pub = (sl_env){
        .os = sl_os_real(),
        .mem = sl_mem_libc(),
        .now_ns = sim_now_ns,
        .wall_us = sim_wall_us,
        .random = sim_random,
        .loop_new = sim_loop_new,
        .loop_free = sim_loop_free,
        .loop_run = sim_loop_run,
        .loop_stop = sim_loop_stop,
        .post = sim_post,
        .timer = sim_timer,
        .watch = sim_watch,
        .signal = sim_signal,
        .event_free = sim_event_free,
        .thread = sim_thread,
        .thread_join = sim_thread_join,
    };
    return &sim->pub;
}

void sl_env_sim_free(sl_env *env)
{
    sim_env *sim = (sim_env *)env;

    if (!sim)
        return;
    while (sim->count)
        sl_mem_free(heap_pop(sim).event);
    while (sim->watches) {
        sl_event *event = sim->watches;
        sim->watches = event->next;
        sl_mem_free(event);
    }
    sl_mem_free(sim->heap);
    sl_mem_free(sim);
}
