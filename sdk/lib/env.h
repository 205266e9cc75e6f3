/* SPDX-License-Identifier: Apache-2.0
 *
 * sdk/lib/env.h - the world as the engine sees it: clocks, loops, files, random numbers, memory.
 *
 * Host code reaches the outside only through this table, so that tests can put another world in
 * its place: real (libevent and POSIX, engine/service), fault (real, but the n-th call fails) and
 * sim (one thread, virtual time). A lane is one loop; it never sees libevent.
 */
#ifndef SL_LIB_ENV_H
#define SL_LIB_ENV_H
#include "sdk/lib/mem.h"

#include <sluice/os.h>

typedef struct sl_env sl_env;
typedef struct sl_loop sl_loop;

#define SL_WATCH_READ  1u
#define SL_WATCH_WRITE 2u

struct sl_env {
    const sl_os *os;
    const sl_mem_source *mem;
    /* [any] The monotonic clock, in nanoseconds. */
    int64_t (*now_ns)(sl_env *env);
    /* [any] The wall clock, in microseconds since 1970 UTC. */
    int64_t (*wall_us)(sl_env *env);
    /* [any] Fill OUT with LEN random bytes; repeatable in tests. */
    void (*random)(sl_env *env, void *out, size_t len);
    /* [any] A new loop; NULL when memory or descriptors are short. */
    sl_loop *(*loop_new)(sl_env *env, sl_mem *mem);
    /* [any] Free a loop that does not run. NULL is fine. */
    void (*loop_free)(sl_loop *loop);
    /* [inst] Run until stop: the thread that calls this is the loop's thread. */
    void (*loop_run)(sl_loop *loop);
    /* [any] Make loop_run return after the callback under way. */
    void (*loop_stop)(sl_loop *loop);
    /* [any] Call FN(ARG) on the loop's thread, after what was posted before. False when memory is
     * short. */
    int32_t (*post)(sl_loop *loop, void (*fn)(void *arg), void *arg);
    /* [inst] Call FN(ARG) after AFTER_NS, and each PERIOD_NS from then on when that is > 0. NULL
     * when memory is short. */
    sl_event *(*timer)(sl_loop *loop, int64_t after_ns, int64_t period_ns, void (*fn)(void *arg),
                       void *arg);
    /* [inst] Call FN(ARG, what) whenever FD is ready for WHAT (SL_WATCH_*). */
    sl_event *(*watch)(sl_loop *loop, int32_t fd, uint32_t what, void (*fn)(void *arg, uint32_t),
                       void *arg);
    /* [inst] Call FN(ARG) on the loop's thread at each signal SIGNO. */
    sl_event *(*signal)(sl_loop *loop, int32_t signo, void (*fn)(void *arg), void *arg);
    /* [inst] End a timer, watch or signal; allowed in its own callback. NULL is fine. */
    void (*event_free)(sl_event *event);
    /* [any] Start a thread that runs FN(ARG); join it with thread_join. NULL: none to be had. */
    void *(*thread)(sl_env *env, void (*fn)(void *arg), void *arg);
    /* [any] Wait for THREAD to end. */
    void (*thread_join)(sl_env *env, void *thread);
};

#endif
