/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/config/arena.c - memory that is freed all at once.
 *
 * Chunks grow from 8 KiB to 256 KiB; a block bigger than a quarter of a chunk gets a chunk of its
 * own, so that little is wasted at the end of the current one.
 */
#include "engine/config/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ARENA_ALIGN     16u
#define ARENA_FIRST     8192u
#define ARENA_MAX_CHUNK 262144u

typedef struct chunk {
    struct chunk *next;
    size_t used;
    size_t size;
    size_t pad;
} chunk;

struct sl_arena {
    sl_mem *mem;
    chunk *current; /* blocks are cut from this one */
    chunk *single;  /* chunks with one big block each */
    size_t next_size;
    int is_short;
};

SL_STATIC_ASSERT(sizeof(chunk) % ARENA_ALIGN == 0, "blocks behind a chunk's head are aligned");

sl_arena *sl_arena_new(sl_mem *mem)
{
    sl_arena *arena = sl_mem_zalloc(mem, 1, sizeof(*arena));

    if (!arena)
        return NULL;
    arena->mem = mem;
    arena->next_size = ARENA_FIRST;
    return arena;
}

static void free_chunks(chunk *c)
{
    while (c) {
        chunk *next = c->next;

        sl_mem_free(c);
        c = next;
    }
}

void sl_arena_free(sl_arena *arena)
{
    if (!arena)
        return;
    free_chunks(arena->current);
    free_chunks(arena->single);
    sl_mem_free(arena);
}

static chunk *new_chunk(sl_arena *arena, size_t size, chunk **list)
{
    chunk *c = sl_mem_zalloc(arena->mem, 1, sizeof(*c) + size);

    if (!c) {
        arena->is_short = 1;
        return NULL;
    }
    c->size = size;
    c->next = *list;
    *list = c;
    return c;
}

void *sl_arena_alloc(sl_arena *arena, size_t n, size_t bytes)
{
    chunk *c = arena->current;
    size_t want;
    void *block;

    if (__builtin_mul_overflow(n, bytes, &want) || want > SIZE_MAX / 2) {
        arena->is_short = 1;
        return NULL;
    }
    want = (want + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
    if (want == 0)
        want = ARENA_ALIGN;
    if (want > arena->next_size / 4) {
        c = new_chunk(arena, want, &arena->single);
        if (!c)
            return NULL;
    } else if (!c || c->size - c->used < want) {
        c = new_chunk(arena, arena->next_size, &arena->current);
        if (!c)
            return NULL;
        if (arena->next_size < ARENA_MAX_CHUNK)
            arena->next_size *= 2;
    }
    block = (char *)(c + 1) + c->used;
    c->used += want;
    return block;
}

char *sl_arena_dup(sl_arena *arena, const char *text, size_t len)
{
    char *copy = sl_arena_alloc(arena, len + 1, 1);

    if (copy && len)
        memcpy(copy, text, len);
    return copy;
}

char *sl_arena_printf(sl_arena *arena, const char *fmt, ...)
{
    va_list ap;
    int len;
    char *text;

    va_start(ap, fmt);
    len = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (len < 0) {
        arena->is_short = 1;
        return NULL;
    }
    text = sl_arena_alloc(arena, (size_t)len + 1, 1);
    if (!text)
        return NULL;
    va_start(ap, fmt);
    (void)vsnprintf(text, (size_t)len + 1, fmt, ap);
    va_end(ap);
    return text;
}

int sl_arena_is_short(const sl_arena *arena)
{
    return arena->is_short;
}

sl_status sl_arena_set_short(sl_arena *arena)
{
    arena->is_short = 1;
    return SL_E_NOMEM;
}

sl_mem *sl_arena_mem(const sl_arena *arena)
{
    return arena->mem;
}
