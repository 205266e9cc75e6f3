/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/config/arena.h - memory that is freed all at once: trees, settings and nodes of a graph.
 *
 * Blocks are cut from chunks of an account and never freed one by one. An allocation that fails is
 * remembered, so that a reader may go on with what it has and say at its end that memory was short.
 */
#ifndef SL_CONFIG_ARENA_H
#define SL_CONFIG_ARENA_H
#include "sdk/lib/mem.h"

typedef struct sl_arena sl_arena;

/* [main] An empty arena on MEM (shared: outlives the arena); NULL when memory is short. */
sl_arena *sl_arena_new(sl_mem *mem);
/* [main] Free all that was cut from it. NULL is fine. */
void sl_arena_free(sl_arena *arena);
/* [main] N times BYTES, cleared, aligned to 16; valid until sl_arena_free. NULL when short. */
void *sl_arena_alloc(sl_arena *arena, size_t n, size_t bytes);
/* [main] A copy of LEN bytes of TEXT with a NUL behind it. */
char *sl_arena_dup(sl_arena *arena, const char *text, size_t len);
/* [main] Text as printf makes it. */
char *sl_arena_printf(sl_arena *arena, const char *fmt, ...) SL_PRINTF(2, 3);
/* [main] True once an allocation has failed. */
int sl_arena_is_short(const sl_arena *arena);
/* [main] Remember a failure that happened beside the arena. Gives SL_E_NOMEM. */
sl_status sl_arena_set_short(sl_arena *arena);
/* [main] The account that it draws on (borrow). */
sl_mem *sl_arena_mem(const sl_arena *arena);

#endif
