/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/plugins/parquet/pq_fixture.h - memory and output for tests of the Parquet library.
 *
 * The memory counts its calls and makes one of them fail; it also counts the blocks that are out.
 * The output keeps the file, and refuses to grow beyond a limit.
 */
#ifndef SL_TESTS_PARQUET_PQ_FIXTURE_H
#define SL_TESTS_PARQUET_PQ_FIXTURE_H

#include <stdlib.h>
#include <string.h>

#include "plugins/parquet/lib/buf.h"

typedef struct pq_memory {
    sl_pq_memory table;
    uint64_t calls;
    uint64_t fail_at; /* this call fails; 0: none */
    int64_t blocks;
} pq_memory;

typedef struct pq_file {
    sl_pq_output table;
    uint8_t *data;
    size_t len;
    size_t limit;
} pq_file;

/* [any] See sl_pq_memory. */
static inline void *pq_memory_alloc(void *ctx, size_t bytes)
{
    pq_memory *m = ctx;
    void *p;

    if (++m->calls == m->fail_at)
        return NULL;
    p = malloc(bytes);
    m->blocks += p != NULL;
    return p;
}

/* [any] See sl_pq_memory. */
static inline void *pq_memory_resize(void *ctx, void *mem, size_t bytes)
{
    pq_memory *m = ctx;

    return ++m->calls == m->fail_at ? NULL : realloc(mem, bytes);
}

/* [any] See sl_pq_memory. */
static inline void pq_memory_release(void *ctx, void *mem)
{
    pq_memory *m = ctx;

    m->blocks--;
    free(mem);
}

/* [any] Start counting, with call FAIL_AT failing (0: none). */
static inline void pq_memory_init(pq_memory *m, uint64_t fail_at)
{
    memset(m, 0, sizeof(*m));
    m->table.ctx = m;
    m->table.alloc = pq_memory_alloc;
    m->table.resize = pq_memory_resize;
    m->table.release = pq_memory_release;
    m->fail_at = fail_at;
}

/* [any] See sl_pq_output. */
static inline int pq_file_append(void *ctx, const void *bytes, size_t len)
{
    pq_file *f = ctx;

    if (f->len + len > f->limit)
        return -1;
    memcpy(f->data + f->len, bytes, len);
    f->len += len;
    return 0;
}

/* [any] A file of at most LIMIT bytes; pq_file_fini frees it. */
static inline void pq_file_init(pq_file *f, size_t limit)
{
    f->table.ctx = f;
    f->table.append = pq_file_append;
    f->data = malloc(limit ? limit : 1);
    f->len = 0;
    f->limit = limit;
}

/* [any] Free what init made. */
static inline void pq_file_fini(pq_file *f)
{
    free(f->data);
}

/* [any] An empty buffer on M. */
static inline sl_pq_buf pq_buf(pq_memory *m)
{
    sl_pq_buf b = {.mem = &m->table};

    return b;
}

#endif
