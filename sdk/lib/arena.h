/* SPDX-License-Identifier: Apache-2.0
 *
 * sdk/lib/arena.h - memory for many small things that are freed together.
 *
 * What is read once and kept as a whole (a descriptor, a JSON document) takes its nodes and texts
 * from an arena: blocks of an account, used from the front. Nothing is freed alone.
 */
#ifndef SL_LIB_ARENA_H
#define SL_LIB_ARENA_H
#include "sdk/lib/mem.h"

/* In storage of the caller; begin with {.mem = MEM}. */
typedef struct sl_arena {
    sl_mem *mem;
    struct sl_arena_block *blocks;
    int is_short; /* some take failed: a reader may go on and say so at its end */
} sl_arena;

/* [any] BYTES of cleared memory, aligned to 16; borrowed until sl_arena_fini. NULL when short. */
SL_API void *sl_arena_take(sl_arena *arena, size_t bytes);
/* [any] As sl_arena_take: N times BYTES; NULL also when the product overflows. */
SL_API void *sl_arena_array(sl_arena *arena, size_t n, size_t bytes);
/* [any] A copy of the N bytes of TEXT with a NUL behind it; see sl_arena_take. */
SL_API char *sl_arena_dup(sl_arena *arena, const void *text, size_t n);
/* [any] Text as printf makes it; see sl_arena_take. */
SL_API char *sl_arena_printf(sl_arena *arena, const char *fmt, ...) SL_PRINTF(2, 3);
/* [any] Free everything. */
SL_API void sl_arena_fini(sl_arena *arena);

/* [any] Remember that memory was short beside the arena. Gives SL_E_NOMEM. */
static inline sl_status sl_arena_set_short(sl_arena *arena)
{
    arena->is_short = 1;
    return SL_E_NOMEM;
}

#endif
