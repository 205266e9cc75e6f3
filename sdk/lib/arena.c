/* SPDX-License-Identifier: Apache-2.0
 *
 * sdk/lib/arena.c - memory for many small things that are freed together.
 *
 * A list of blocks; the newest is filled from the front. What is larger than a block gets one of
 * its own. Sizes are rounded up to 16, so that everything is aligned.
 */
#include "sdk/lib/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define BLOCK_BYTES 4000u

typedef struct sl_arena_block sl_arena_block;
struct sl_arena_block {
    sl_arena_block *next;
    size_t used;
    size_t room;
    _Alignas(16) unsigned char data[];
};

void *sl_arena_take(sl_arena *arena, size_t bytes)
{
    sl_arena_block *b = arena->blocks;
    size_t size;
    size_t room;

    if (bytes > SIZE_MAX / 2) {
        arena->is_short = 1;
        return NULL;
    }
    size = (bytes + 15) & ~(size_t)15;
    room = size > BLOCK_BYTES ? size : BLOCK_BYTES;
    if (!b || b->room - b->used < size) {
        b = sl_mem_alloc(arena->mem, sizeof *b + room);
        if (!b) {
            arena->is_short = 1;
            return NULL;
        }
        memset(b, 0, sizeof *b + room);
        b->next = arena->blocks;
        b->room = room;
        arena->blocks = b;
    }
    b->used += size;
    return b->data + b->used - size;
}

void *sl_arena_array(sl_arena *arena, size_t n, size_t bytes)
{
    size_t all;

    if (__builtin_mul_overflow(n, bytes, &all))
        all = SIZE_MAX;
    return sl_arena_take(arena, all);
}

char *sl_arena_dup(sl_arena *arena, const void *text, size_t n)
{
    char *out = n == SIZE_MAX ? NULL : sl_arena_take(arena, n + 1);

    if (out && n)
        memcpy(out, text, n);
    return out;
}

char *sl_arena_printf(sl_arena *arena, const char *fmt, ...)
{
    va_list args;
    char *out;
    int n;

    va_start(args, fmt);
    n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    out = n < 0 ? NULL : sl_arena_take(arena, (size_t)n + 1);
    if (!out)
        return NULL;
    va_start(args, fmt);
    (void)vsnprintf(out, (size_t)n + 1, fmt, args);
    va_end(args);
    return out;
}

void sl_arena_fini(sl_arena *arena)
{
    sl_arena_block *next;

    for (sl_arena_block *b = arena->blocks; b; b = next) {
        next = b->next;
        sl_mem_free(b);
    }
    arena->blocks = NULL;
}
