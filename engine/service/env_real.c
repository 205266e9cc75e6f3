/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/service/env_real.c - loops, clocks and threads of a running process.
 *
 * A loop is one libevent base that only its own thread touches. Other threads reach it by post: a
 * queue under a lock and an eventfd that wakes the loop; a post from the loop's own thread costs no
 * system call. The queue keeps POST_SPARE free places from the start, so that the few posts that
 * must not fail (one for each inbox, see engine/run/lane.c) never need memory. One round serves
 * what was posted before it began, so that timers and descriptors are never starved.
 */
#include "engine/service/env_real.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define POST_SPARE   64u
#define ROUND_EVENTS 16 /* callbacks before the loop looks for new events */

typedef struct post_item {
    void (*fn)(void *arg);
    void *arg;
} post_item;

typedef struct real_env {
    sl_env pub; /* first: the table */
    sl_mem *memory;
} real_env;

struct sl_loop {
    sl_mem *mem;
    struct event_base *base;
    struct event *wake;
    int wake_fd;
    int32_t stop; /* atomic */
    pthread_mutex_t lock;
    post_item *item; /* a ring of CAP places */
    uint32_t cap;
    uint32_t head;
    uint32_t count;
    int32_t is_woken; /* under the lock: a wake is under way */
    int32_t runs;     /* under the lock */
    pthread_t thread;
};

struct sl_event {
    sl_loop *loop;
    struct event *ev;
    int64_t period_ns;
    uint32_t what;
    void (*call)(void *arg);
    void (*ready)(void *arg, uint32_t what);
    void *arg;
};

struct thread_start {
    void (*fn)(void *arg);
    void *arg;
    pthread_t id;
};

static int64_t real_now_ns(sl_env *env)
{
    struct timespec ts;

    (void)env;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts); /* can't fail for this clock */
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static int64_t real_wall_us(sl_env *env)
{
    struct timespec ts;

    (void)env;
    (void)clock_gettime(CLOCK_REALTIME, &ts); /* can't fail for this clock */
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void real_random(sl_env *env, void *out, size_t len)
{
    uint8_t *p = out;

    (void)env;
    while (len) {
        ssize_t n = getrandom(p, len, 0);
        SL_ASSERT(n > 0 || errno == EINTR);
        if (n > 0) {
            p += n;
            len -= (size_t)n;
        }
    }
}

/* ---- loops --------------------------------------------------------------------------------- */

/* After a callback, which may have freed its event. */
static void loop_look(const sl_loop *loop)
{
    if (__atomic_load_n(&loop->stop, __ATOMIC_ACQUIRE))
        (void)event_base_loopbreak(loop->base);
}

/* Serve what has been posted up to now. */
static void loop_serve(evutil_socket_t fd, short what, void *arg)
{
    sl_loop *loop = arg;
    uint64_t ticks;
    uint32_t n;

    if (what & EV_READ)
        (void)!read(fd, &ticks, sizeof ticks); /* only clears the wake */
    (void)pthread_mutex_lock(&loop->lock);
    loop->is_woken = 0;
    for (n = loop->count; n; n--) {
        post_item item = loop->item[loop->head];
        loop->head = (loop->head + 1) % loop->cap;
        loop->count--;
        (void)pthread_mutex_unlock(&loop->lock);
        item.fn(item.arg);
        (void)pthread_mutex_lock(&loop->lock);
    }
    (void)pthread_mutex_unlock(&loop->lock);
    loop_look(loop);
}

static void loop_wake(sl_loop *loop, int here)
{
    uint64_t one = 1;

    if (here)
        event_active(loop->wake, 0, 0);
    else
        (void)!write(loop->wake_fd, &one, sizeof one); /* a full counter is a wake as well */
}

static void real_loop_free(sl_loop *loop)
{
    if (!loop)
        return;
    if (loop->wake)
        event_free(loop->wake);
    if (loop->base)
        event_base_free(loop->base);
    if (loop->wake_fd >= 0)
        (void)close(loop->wake_fd);
    (void)pthread_mutex_destroy(&loop->lock);
    sl_mem_free(loop->item);
    sl_mem_free(loop);
}

static struct event_base *base_new(void)
{
    struct event_config *cfg = event_config_new();
    struct event_base *base = NULL;

    if (!cfg)
        return NULL;
    if (!event_config_set_flag(cfg, EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_NO_CACHE_TIME) &&
        !event_config_set_max_dispatch_interval(cfg, NULL, ROUND_EVENTS, 0))
        base = event_base_new_with_config(cfg);
    event_config_free(cfg);
    return base;
}

static sl_loop *real_loop_new(sl_env *env, sl_mem *mem)
{
    sl_loop *loop = sl_mem_zalloc(mem, 1, sizeof *loop);

    (void)env;
    if (!loop)
        return NULL;
    loop->mem = mem;
    (void)pthread_mutex_init(&loop->lock, NULL);
    loop->cap = POST_SPARE * 2;
    loop->item = sl_mem_zalloc(mem, loop->cap, sizeof *loop->item);
    loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    loop->base = base_new();
    if (loop->base && loop->wake_fd >= 0)
        loop->wake = event_new(loop->base, loop->wake_fd, EV_READ | EV_PERSIST, loop_serve, loop);
    if (!loop->item || !loop->wake || event_add(loop->wake, NULL)) {
        real_loop_free(loop);
        return NULL;
    }
    return loop;
}

static void real_loop_run(sl_loop *loop)
{
    (void)pthread_mutex_lock(&loop->lock);
    loop->thread = pthread_self();
    loop->runs = 1;
    (void)pthread_mutex_unlock(&loop->lock);
    while (!__atomic_load_n(&loop->stop, __ATOMIC_ACQUIRE)) {
        if (event_base_loop(loop->base, EVLOOP_NO_EXIT_ON_EMPTY) < 0)
            break;
    }
    (void)pthread_mutex_lock(&loop->lock);
    loop->runs = 0;
    (void)pthread_mutex_unlock(&loop->lock);
    __atomic_store_n(&loop->stop, 0, __ATOMIC_RELEASE);
}

static void real_loop_stop(sl_loop *loop)
{
    __atomic_store_n(&loop->stop, 1, __ATOMIC_RELEASE);
    loop_wake(loop, 0);
}

/* Double the ring. */
static int post_grow(sl_loop *loop)
{
    uint32_t cap = loop->cap * 2;
    post_item *item = sl_mem_zalloc(loop->mem, cap, sizeof *item);

    if (!item)
        return 0;
    for (uint32_t i = 0; i < loop->count; i++)
        item[i] = loop->item[(loop->head + i) % loop->cap];
    sl_mem_free(loop->item);
    loop->item = item;
    loop->cap = cap;
    loop->head = 0;
    return 1;
}

static int32_t real_post(sl_loop *loop, void (*fn)(void *arg), void *arg)
{
    int32_t ok = 1;
    int wake = 0;
    int here = 0;

    (void)pthread_mutex_lock(&loop->lock);
    if (loop->count + POST_SPARE >= loop->cap)
        ok = post_grow(loop) || loop->count < loop->cap;
    if (ok) {
        loop->item[(loop->head + loop->count) % loop->cap] = (post_item){fn, arg};
        loop->count++;
        wake = !loop->is_woken;
        loop->is_woken = 1;
        here = loop->runs && pthread_equal(loop->thread, pthread_self());
    }
    (void)pthread_mutex_unlock(&loop->lock);
    if (wake)
        loop_wake(loop, here);
    return ok;
}

/* ---- events -------------------------------------------------------------------------------- */

static struct timeval span_of(int64_t ns)
{
    struct timeval tv;
    int64_t us = ns > 0 ? (ns + 999) / 1000 : 0;

    tv.tv_sec = (time_t)(us / 1000000);
    tv.tv_usec = (suseconds_t)(us % 1000000);
    return tv;
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    sl_event *event = arg;
    const sl_loop *loop = event->loop;

    (void)fd;
    (void)what;
    if (event->period_ns > 0) {
        struct timeval tv = span_of(event->period_ns);
        (void)event_add(event->ev, &tv); /* fails only without memory, which it has already */
    }
    event->call(event->arg);
    loop_look(loop);
}

static void on_signal(evutil_socket_t fd, short what, void *arg)
{
    sl_event *event = arg;
    const sl_loop *loop = event->loop;

    (void)fd;
    (void)what;
    event->call(event->arg);
    loop_look(loop);
}

static void on_ready(evutil_socket_t fd, short what, void *arg)
{
    sl_event *event = arg;
    const sl_loop *loop = event->loop;
    uint32_t ready =
        (what & EV_READ ? SL_WATCH_READ : 0u) | (what & EV_WRITE ? SL_WATCH_WRITE : 0u);

    (void)fd;
    event->ready(event->arg, ready);
    loop_look(loop);
}

/* Makes an event of LOOP and adds it, after AFTER when that is not NULL. */
static sl_event *event_make(sl_loop *loop, int fd, short what, event_callback_fn fn,
                            const struct timeval *after)
{
    sl_event *event = sl_mem_zalloc(loop->mem, 1, sizeof *event);

    if (!event)
        return NULL;
    event->loop = loop;
    event->ev = event_new(loop->base, fd, what, fn, event);
    if (!event->ev || event_add(event->ev, after)) {
        if (event->ev)
            event_free(event->ev);
        sl_mem_free(event);
        return NULL;
    }
    return event;
}

static sl_event *real_timer(sl_loop *loop, int64_t after_ns, int64_t period_ns,
                            void (*fn)(void *arg), void *arg)
{
    struct timeval tv = span_of(after_ns);
    sl_event *event = event_make(loop, -1, 0, on_timer, &tv);

    if (event) {
        event->period_ns = period_ns;
        event->call = fn;
        event->arg = arg;
    }
    return event;
}

static sl_event *real_watch(sl_loop *loop, int32_t fd, uint32_t what,
                            void (*fn)(void *arg, uint32_t), void *arg)
{
    short flags = EV_PERSIST;
    sl_event *event;

    if (what & SL_WATCH_READ)
        flags |= EV_READ;
    if (what & SL_WATCH_WRITE)
        flags |= EV_WRITE;
    event = event_make(loop, fd, flags, on_ready, NULL);
    if (event) {
        event->ready = fn;
        event->arg = arg;
    }
    return event;
}

static sl_event *real_signal(sl_loop *loop, int32_t signo, void (*fn)(void *arg), void *arg)
{
    sl_event *event = event_make(loop, signo, EV_SIGNAL | EV_PERSIST, on_signal, NULL);

    if (event) {
        event->call = fn;
        event->arg = arg;
    }
    return event;
}

static void real_event_free(sl_event *event)
{
    if (!event)
        return;
    event_free(event->ev);
    sl_mem_free(event);
}

/* ---- threads ------------------------------------------------------------------------------- */

static void *thread_main(void *arg)
{
    struct thread_start *start = arg;

    start->fn(start->arg);
    return NULL;
}

static void *real_thread(sl_env *env, void (*fn)(void *arg), void *arg)
{
    real_env *real = (real_env *)env;
    struct thread_start *start = sl_mem_zalloc(real->memory, 1, sizeof *start);

    if (!start)
        return NULL;
    start->fn = fn;
    start->arg = arg;
    if (pthread_create(&start->id, NULL, thread_main, start)) {
        sl_mem_free(start);
        return NULL;
    }
    return start;
}

static void real_thread_join(sl_env *env, void *thread)
{
    struct thread_start *start = thread;

    (void)env;
    if (!start)
        return;
    (void)pthread_join(start->id, NULL);
    sl_mem_free(start);
}

sl_env *sl_env_real_new(sl_mem *mem)
{
    real_env *real = sl_mem_zalloc(mem, 1, sizeof *real);

    if (!real)
        return NULL;
    real->memory = mem;
    real->pub = (sl_env){
        .os = sl_os_real(),
        .mem = sl_mem_libc(),
        .now_ns = real_now_ns,
        .wall_us = real_wall_us,
        .random = real_random,
        .loop_new = real_loop_new,
        .loop_free = real_loop_free,
        .loop_run = real_loop_run,
        .loop_stop = real_loop_stop,
        .post = real_post,
        .timer = real_timer,
        .watch = real_watch,
        .signal = real_signal,
        .event_free = real_event_free,
        .thread = real_thread,
        .thread_join = real_thread_join,
    };
    return &real->pub;
}

void sl_env_real_free(sl_env *env)
{
    sl_mem_free(env);
}
