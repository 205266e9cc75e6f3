/* SPDX-License-Identifier: Apache-2.0
 *
 * sdk/lib/pool.c - where the memory of batches comes from and returns to.
 *
 * A pool keeps a few freed blocks of each kind, the last one freed first, because it is still in
 * the cache. What is out is one atomic number; the one who makes it fall below the cap tells the
 * watcher, under a lock of its own, so that ending the watch waits for a call under way. The lock
 * is recursive: the watcher may give batches back itself.
 */
#include "sdk/lib/pool_priv.h"

#include <pthread.h>
#include <stdatomic.h>

#define KEEP_BLOCKS   8u
#define KEEP_BYTES    (UINT64_C(4) << 20) /* of one kind */
#define FIRST_BODY    32768u
#define FIRST_ROWS    64u
#define WASTE_ALLOWED 65536u

typedef struct shelf {
    sl_block blocks[KEEP_BLOCKS];
    uint32_t n;
    uint64_t bytes;
} shelf;

struct sl_pool {
    sl_mem *mem;
    uint64_t cap;
    _Atomic uint64_t refs;
    _Atomic uint64_t out;
    pthread_mutex_t lock; /* for the fields below it */
    shelf shelves[SL_BLOCK_KINDS];
    uint64_t expect_bytes;
    uint32_t expect_rows;
    pthread_mutex_t watch_lock; /* for the fields below it */
    void (*watch)(void *arg);
    void *watch_arg;
};

static int init_locks(sl_pool *pool)
{
    pthread_mutexattr_t attr;
    int rc = pthread_mutexattr_init(&attr);

    if (rc)
        return 0;
    rc = pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
    if (!rc)
        rc = pthread_mutex_init(&pool->watch_lock, &attr);
    (void)pthread_mutexattr_destroy(&attr);
    if (rc)
        return 0;
    if (pthread_mutex_init(&pool->lock, NULL)) {
        (void)pthread_mutex_destroy(&pool->watch_lock);
        return 0;
    }
    return 1;
}

sl_pool *sl_pool_new(sl_mem *mem, uint64_t cap)
{
    sl_pool *pool = sl_mem_zalloc(mem, 1, sizeof *pool);

    if (!pool)
        return NULL;
    if (!init_locks(pool)) {
        sl_mem_free(pool);
        return NULL;
    }
    pool->mem = mem;
    pool->cap = cap;
    pool->expect_bytes = FIRST_BODY;
    pool->expect_rows = FIRST_ROWS;
    atomic_init(&pool->refs, 1);
    return pool;
}

sl_pool *sl_pool_ref(sl_pool *pool)
{
    (void)atomic_fetch_add_explicit(&pool->refs, 1, memory_order_relaxed);
    return pool;
}

void sl_pool_unref(sl_pool *pool)
{
    if (!pool || atomic_fetch_sub_explicit(&pool->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (uint32_t kind = 0; kind < SL_BLOCK_KINDS; kind++) {
        shelf *s = &pool->shelves[kind];
        while (s->n)
            sl_mem_free(s->blocks[--s->n].ptr);
    }
    (void)pthread_mutex_destroy(&pool->lock);
    (void)pthread_mutex_destroy(&pool->watch_lock);
    sl_mem_free(pool);
}

uint64_t sl_pool_out(const sl_pool *pool)
{
    return atomic_load_explicit(&pool->out, memory_order_acquire);
}

uint64_t sl_pool_cap(const sl_pool *pool)
{
    return pool->cap;
}

sl_mem *sl_pool_mem(sl_pool *pool)
{
    return pool->mem;
}

void sl_pool_watch(sl_pool *pool, void (*fn)(void *arg), void *arg)
{
    (void)pthread_mutex_lock(&pool->watch_lock);
    pool->watch = fn;
    pool->watch_arg = arg;
    (void)pthread_mutex_unlock(&pool->watch_lock);
}

static void add_out(sl_pool *pool, uint64_t bytes)
{
    (void)atomic_fetch_add_explicit(&pool->out, bytes, memory_order_relaxed);
}

static void sub_out(sl_pool *pool, uint64_t bytes)
{
    uint64_t before = atomic_fetch_sub_explicit(&pool->out, bytes, memory_order_acq_rel);

    if (before < pool->cap || before - bytes >= pool->cap)
        return;
    (void)pthread_mutex_lock(&pool->watch_lock);
    if (pool->watch)
        pool->watch(pool->watch_arg);
    (void)pthread_mutex_unlock(&pool->watch_lock);
}

/* Take a kept block that is large enough and not far too large off the shelf. */
static sl_block unshelve(shelf *s, uint64_t bytes)
{
    sl_block none = {NULL, 0};

    for (uint32_t i = s->n; i-- > 0;) {
        sl_block found = s->blocks[i];
        if (found.bytes < bytes || found.bytes > 4 * bytes + WASTE_ALLOWED)
            continue;
        s->n--;
        for (uint32_t k = i; k < s->n; k++)
            s->blocks[k] = s->blocks[k + 1];
        s->bytes -= found.bytes;
        return found;
    }
    return none;
}

int sl_pool_take(sl_pool *pool, uint32_t kind, uint64_t bytes, sl_block *out)
{
    sl_block found;

    (void)pthread_mutex_lock(&pool->lock);
    found = unshelve(&pool->shelves[kind], bytes);
    (void)pthread_mutex_unlock(&pool->lock);
    if (!found.ptr) {
        found.ptr = sl_mem_alloc(pool->mem, bytes);
        found.bytes = bytes;
    }
    if (!found.ptr)
        return 0;
    add_out(pool, found.bytes);
    *out = found;
    return 1;
}

int sl_pool_resize(sl_pool *pool, sl_block *block, uint64_t bytes)
{
    uint8_t *ptr = sl_mem_resize(pool->mem, block->ptr, bytes);

    if (!ptr)
        return 0;
    if (bytes > block->bytes)
        add_out(pool, bytes - block->bytes);
    else
        sub_out(pool, block->bytes - bytes);
    block->ptr = ptr;
    block->bytes = bytes;
    return 1;
}

void sl_pool_give(sl_pool *pool, uint32_t kind, sl_block block)
{
    shelf *s = &pool->shelves[kind];
    uint8_t *surplus = block.ptr;

    if (!block.ptr)
        return;
    (void)pthread_mutex_lock(&pool->lock);
    if (s->n < KEEP_BLOCKS && s->bytes + block.bytes <= KEEP_BYTES) {
        s->blocks[s->n++] = block;
        s->bytes += block.bytes;
        surplus = NULL;
    }
    (void)pthread_mutex_unlock(&pool->lock);
    sl_mem_free(surplus);
    sub_out(pool, block.bytes);
}

void sl_pool_expect(sl_pool *pool, uint64_t *bytes, uint32_t *rows)
{
    (void)pthread_mutex_lock(&pool->lock);
    *bytes = pool->expect_bytes;
    *rows = pool->expect_rows;
    (void)pthread_mutex_unlock(&pool->lock);
}

void sl_pool_learn(sl_pool *pool, uint64_t bytes, uint32_t rows)
{
    (void)pthread_mutex_lock(&pool->lock);
    /* Grow at once, forget slowly: a short batch now and then must not make the next one move. */
    pool->expect_bytes -= pool->expect_bytes / 16;
    pool->expect_rows -= pool->expect_rows / 16;
    if (bytes + bytes / 8 > pool->expect_bytes)
        pool->expect_bytes = bytes + bytes / 8;
    if (rows + rows / 8 > pool->expect_rows)
        pool->expect_rows = rows + rows / 8;
    (void)pthread_mutex_unlock(&pool->lock);
}
