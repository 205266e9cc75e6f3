/* SPDX-License-Identifier: Apache-2.0
 *
 * sdk/lib/mem.c - accounts of memory: each block knows whose it is.
 *
 * A block has 16 bytes in front of it: its account and its size, header included. Charging walks up
 * the parents and stops, undoing what it did, at the first that would pass its limit. An account is
 * counted: one hold for its owner, one for each block and one for each child.
 */
#include "sdk/lib/mem.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sl_mem {
    sl_mem_source source;
    sl_mem *parent;
    const char *name;
    uint64_t limit; /* 0: none */
    _Atomic uint64_t used;
    _Atomic uint64_t peak;
    _Atomic uint64_t holds;
};

/* In front of each block; keeps the 16-byte alignment of the source. */
typedef struct sl_mem_head {
    sl_mem *mem;
    uint64_t bytes;
} sl_mem_head;

SL_STATIC_ASSERT(sizeof(sl_mem_head) == 16, "blocks stay aligned to 16 bytes");

static void *libc_resize(void *ctx, void *old, size_t bytes)
{
    (void)ctx;
    return realloc(old, bytes);
}

static void libc_release(void *ctx, void *old)
{
    (void)ctx;
    free(old);
}

const sl_mem_source *sl_mem_libc(void)
{
    static const sl_mem_source libc = {libc_resize, libc_release, NULL};

    return &libc;
}

static void hold(sl_mem *mem)
{
    (void)atomic_fetch_add_explicit(&mem->holds, 1, memory_order_relaxed);
}

/* Let one hold go, and the accounts above with the last one. */
static void let_go(sl_mem *mem)
{
    while (mem && atomic_fetch_sub_explicit(&mem->holds, 1, memory_order_acq_rel) == 1) {
        sl_mem *parent = mem->parent;
        sl_mem_source source = mem->source;

        source.release(source.ctx, mem);
        mem = parent;
    }
}

static void raise_peak(sl_mem *mem, uint64_t used)
{
    uint64_t peak = atomic_load_explicit(&mem->peak, memory_order_relaxed);

    while (used > peak && !atomic_compare_exchange_weak_explicit(
                              &mem->peak, &peak, used, memory_order_relaxed, memory_order_relaxed))
        continue;
}

/* Take BYTES off MEM and its parents, up to but without END. */
static void discharge(sl_mem *mem, const sl_mem *end, uint64_t bytes)
{
    for (; mem != end; mem = mem->parent)
        (void)atomic_fetch_sub_explicit(&mem->used, bytes, memory_order_relaxed);
}

/* Put BYTES on MEM and its parents; false, and nothing changed, when one would pass its limit. */
static int charge(sl_mem *mem, uint64_t bytes)
{
    for (sl_mem *at = mem; at; at = at->parent) {
        uint64_t used = atomic_fetch_add_explicit(&at->used, bytes, memory_order_relaxed) + bytes;

        if (at->limit && used > at->limit) {
            discharge(mem, at->parent, bytes);
            return 0;
        }
        raise_peak(at, used);
    }
    return 1;
}

sl_mem *sl_mem_new(const sl_mem_source *source, sl_mem *parent, const char *name, uint64_t limit)
{
    sl_mem *mem;

    if (!source)
        source = parent ? &parent->source : sl_mem_libc();
    mem = source->resize(source->ctx, NULL, sizeof *mem);
    if (!mem)
        return NULL;
    memset(mem, 0, sizeof *mem);
    mem->source = *source;
    mem->parent = parent;
    mem->name = name;
    mem->limit = limit;
    atomic_init(&mem->used, 0);
    atomic_init(&mem->peak, 0);
    atomic_init(&mem->holds, 1);
    if (parent)
        hold(parent);
    return mem;
}

void sl_mem_drop(sl_mem *mem)
{
    let_go(mem);
}

void *sl_mem_alloc(sl_mem *mem, size_t bytes)
{
    sl_mem_head *head;

    if (__builtin_add_overflow(bytes, sizeof *head, &bytes) || !charge(mem, bytes))
        return NULL;
    head = mem->source.resize(mem->source.ctx, NULL, bytes);
    if (!head) {
        discharge(mem, NULL, bytes);
        return NULL;
    }
    head->mem = mem;
    head->bytes = bytes;
    hold(mem);
    return head + 1;
}

void *sl_mem_zalloc(sl_mem *mem, size_t n, size_t bytes)
{
    size_t all;
    void *ptr;

    if (__builtin_mul_overflow(n, bytes, &all))
        return NULL;
    ptr = sl_mem_alloc(mem, all);
    if (ptr)
        memset(ptr, 0, all);
    return ptr;
}

void *sl_mem_resize(sl_mem *mem, void *old, size_t bytes)
{
    sl_mem_head *head;
    uint64_t before;

    if (!old)
        return sl_mem_alloc(mem, bytes);
    head = (sl_mem_head *)old - 1;
    before = head->bytes;
    mem = head->mem;
    if (__builtin_add_overflow(bytes, sizeof *head, &bytes))
        return NULL;
    if (bytes > before && !charge(mem, bytes - before))
        return NULL;
    head = mem->source.resize(mem->source.ctx, head, bytes);
    if (!head) {
        if (bytes > before)
            discharge(mem, NULL, bytes - before);
        return NULL;
    }
    if (bytes < before)
        discharge(mem, NULL, before - bytes);
    head->bytes = bytes;
    return head + 1;
}

char *sl_mem_dup(sl_mem *mem, const void *text, size_t n)
{
    char *copy = n == SIZE_MAX ? NULL : sl_mem_alloc(mem, n + 1);

    if (!copy)
        return NULL;
    if (n)
        memcpy(copy, text, n);
    copy[n] = '\0';
    return copy;
}

char *sl_mem_printf(sl_mem *mem, const char *fmt, ...)
{
    va_list ap;
    char *text = NULL;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n >= 0)
        text = sl_mem_alloc(mem, (size_t)n + 1);
    if (!text)
        return NULL;
    va_start(ap, fmt);
    (void)vsnprintf(text, (size_t)n + 1, fmt, ap);
    va_end(ap);
    return text;
}

void sl_mem_free(void *ptr)
{
    sl_mem_head *head;
    sl_mem *mem;

    if (!ptr)
        return;
    head = (sl_mem_head *)ptr - 1;
    mem = head->mem;
    discharge(mem, NULL, head->bytes);
    mem->source.release(mem->source.ctx, head);
    let_go(mem);
}

uint64_t sl_mem_used(const sl_mem *mem)
{
    return atomic_load_explicit(&mem->used, memory_order_relaxed);
}

uint64_t sl_mem_peak(const sl_mem *mem)
{
    return atomic_load_explicit(&mem->peak, memory_order_relaxed);
}

uint64_t sl_mem_limit(const sl_mem *mem)
{
    return mem->limit;
}
