/* SPDX-License-Identifier: Apache-2.0
 *
 * sdk/lib/mem.h - counted memory with a limit.
 *
 * All memory of engine and library comes from an sl_mem, an account: a component has its own, whose
 * parent is that of its graph, so that one limit holds for the whole graph. An account draws on a
 * source (malloc, or a test's that fails the n-th call). Each block remembers its account, so
 * freeing needs only the pointer. Over the limit an allocation gives NULL, as when memory is short.
 */
#ifndef SL_LIB_MEM_H
#define SL_LIB_MEM_H
#include "sdk/lib/error.h"

typedef struct sl_mem sl_mem;

/* Where memory comes from. Blocks are aligned to 16 bytes. */
typedef struct sl_mem_source {
    /* [any] As realloc(OLD, BYTES) with BYTES > 0; NULL when there is none. */
    void *(*resize)(void *ctx, void *old, size_t bytes);
    /* [any] As free; OLD is not NULL. */
    void (*release)(void *ctx, void *old);
    void *ctx;
} sl_mem_source;

/* [any] The source that is the C library's. */
SL_API const sl_mem_source *sl_mem_libc(void);

/* [any] A new account NAME (borrowed, a literal) on SOURCE (NULL: the parent's, without a parent
 * the C library's) below PARENT (NULL: none; shared: it outlives the child), holding at most LIMIT
 * bytes (0: no own limit). Gives NULL when memory is short. */
SL_API sl_mem *sl_mem_new(const sl_mem_source *source, sl_mem *parent, const char *name,
                          uint64_t limit);

/* [any] Let the owner's hold on the account go; it vanishes when its last block is freed. */
SL_API void sl_mem_drop(sl_mem *mem);

/* [any] BYTES of memory, not cleared; NULL when short or over a limit. BYTES 0 gives a block. */
SL_API void *sl_mem_alloc(sl_mem *mem, size_t bytes);

/* [any] N times BYTES of memory, cleared; NULL also when the product overflows. */
SL_API void *sl_mem_zalloc(sl_mem *mem, size_t n, size_t bytes);

/* [any] Change a block's size, as realloc: OLD stays valid when this gives NULL. OLD NULL: a new
 * block. */
SL_API void *sl_mem_resize(sl_mem *mem, void *old, size_t bytes);

/* [any] A copy of N bytes of TEXT with a NUL behind it. */
SL_API char *sl_mem_dup(sl_mem *mem, const void *text, size_t n);

/* [any] Text as printf makes it; NULL when short of memory. */
SL_API char *sl_mem_printf(sl_mem *mem, const char *fmt, ...) SL_PRINTF(2, 3);

/* [any] Free a block of any account. NULL is fine. */
SL_API void sl_mem_free(void *ptr);

/* [any] Bytes that the account and its children hold now; the most they held; the limit. */
SL_API uint64_t sl_mem_used(const sl_mem *mem);
/* [any] See sl_mem_used. */
SL_API uint64_t sl_mem_peak(const sl_mem *mem);
/* [any] See sl_mem_used. */
SL_API uint64_t sl_mem_limit(const sl_mem *mem);

/* For SL_CLEANUP: frees what the variable points at. */
static inline void sl_mem_freep(void *ptr)
{
    sl_mem_free(*(void **)ptr);
}

#endif
