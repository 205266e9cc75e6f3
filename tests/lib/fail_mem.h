/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/lib/fail_mem.h - a source of memory whose n-th call fails.
 *
 * Makes the out-of-memory sweep: run a scenario with the first call failing, then the second, and
 * so on, until it runs through without having met the failing call. Counts what is not given back.
 */
#ifndef SL_TESTS_FAIL_MEM_H
#define SL_TESTS_FAIL_MEM_H
#include "sdk/lib/mem.h"

#include <stdlib.h>

typedef struct fail_mem {
    sl_mem_source source;
    uint64_t calls;   /* so far */
    uint64_t fail_at; /* this call fails; 0: none */
    int64_t blocks;   /* out now */
} fail_mem;

/* [any] As realloc, but that the FAIL_AT-th call gives NULL. */
static inline void *fail_mem_resize(void *ctx, void *old, size_t bytes)
{
    fail_mem *m = ctx;
    void *ptr;

    if (__atomic_add_fetch(&m->calls, 1, __ATOMIC_RELAXED) == m->fail_at)
        return NULL;
    ptr = realloc(old, bytes);
    if (ptr && !old)
        (void)__atomic_add_fetch(&m->blocks, 1, __ATOMIC_RELAXED);
    return ptr;
}

/* [any] As free. */
static inline void fail_mem_release(void *ctx, void *old)
{
    fail_mem *m = ctx;

    (void)__atomic_sub_fetch(&m->blocks, 1, __ATOMIC_RELAXED);
    free(old);
}

/* [any] Start counting anew in M, whose FAIL_AT-th call shall fail (0: none). */
static inline void fail_mem_init(fail_mem *m, uint64_t fail_at)
{
    m->source.resize = fail_mem_resize;
    m->source.release = fail_mem_release;
    m->source.ctx = m;
    m->calls = 0;
    m->fail_at = fail_at;
    m->blocks = 0;
}

/* [any] Did the run meet the failing call? */
static inline int fail_mem_met(const fail_mem *m)
{
    return m->fail_at && m->calls >= m->fail_at;
}

#endif
