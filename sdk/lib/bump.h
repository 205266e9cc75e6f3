/* SPDX-License-Identifier: Apache-2.0
 *
 * sdk/lib/bump.h - memory for many small things that are freed together.
 *
 * What is read once and kept as a whole (a descriptor, a JSON document) takes its nodes and texts
 * from a bump allocator: blocks of an account, used from the front. Nothing is freed alone.
 */
#ifndef SL_LIB_BUMP_H
#define SL_LIB_BUMP_H
#include "sdk/lib/mem.h"

/* In storage of the caller; begin with {.mem = MEM}. */
typedef struct sl_bump {
    sl_mem *mem;
    struct sl_bump_block *blocks;
} sl_bump;

/* [any] BYTES of cleared memory, aligned to 16; borrowed until sl_bump_fini. NULL when short. */
SL_API void *sl_bump_take(sl_bump *bump, size_t bytes);
/* [any] A copy of the N bytes of TEXT with a NUL behind it; see sl_bump_take. */
SL_API char *sl_bump_dup(sl_bump *bump, const void *text, size_t n);
/* [any] Text as printf makes it; see sl_bump_take. */
SL_API char *sl_bump_printf(sl_bump *bump, const char *fmt, ...) SL_PRINTF(2, 3);
/* [any] Free everything. */
SL_API void sl_bump_fini(sl_bump *bump);

#endif
