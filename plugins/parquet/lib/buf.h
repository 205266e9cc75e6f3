/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/parquet/lib/buf.h - a growing run of bytes on the caller's memory.
 *
 * The rest of the library allocates through these only. Growth doubles, so that appending costs
 * one copy of each byte on average; a buffer that was emptied keeps its block.
 */
#ifndef SL_PARQUET_BUF_H
#define SL_PARQUET_BUF_H

#include <string.h>

#include "plugins/parquet/lib/parquet.h"

typedef struct sl_pq_buf {
    const sl_pq_memory *mem; /* borrow: outlives the buffer */
    uint8_t *ptr;
    size_t len;
    size_t cap;
} sl_pq_buf;

/* [any] Give BYTES zeroed bytes, NULL when short. */
void *sl_pq_zalloc(const sl_pq_memory *mem, size_t bytes);

/* [any] Give a block of COUNT * SIZE bytes with the content of OLD (NULL: none), which is taken
 * unless NULL is answered: then it stays valid. */
void *sl_pq_array(const sl_pq_memory *mem, void *old, size_t count, size_t size);

/* [any] Release MEM; NULL is fine. */
void sl_pq_release(const sl_pq_memory *mem, void *ptr);

/* [any] Make room for MORE bytes behind len. */
int sl_pq_buf_room(sl_pq_buf *buf, size_t more);

/* [any] Append LEN bytes. */
int sl_pq_buf_add(sl_pq_buf *buf, const void *bytes, size_t len);

/* [any] Release the block. */
void sl_pq_buf_fini(sl_pq_buf *buf);

/* The numbers of the format are little-endian; so are the machines that this library is for. */
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the Parquet library stores arrays of numbers as they are: it needs a little-endian machine"
#endif

static inline void sl_pq_store32(uint8_t *p, uint32_t v)
{
    memcpy(p, &v, sizeof(v));
}

static inline uint32_t sl_pq_load32(const uint8_t *p)
{
    uint32_t v;

    memcpy(&v, p, sizeof(v));
    return v;
}

static inline void sl_pq_store64(uint8_t *p, uint64_t v)
{
    memcpy(p, &v, sizeof(v));
}

/* Bits that hold the numbers 0..MAX. */
static inline uint32_t sl_pq_bits(uint32_t max)
{
    return max ? 32u - (uint32_t)__builtin_clz(max) : 0;
}

#endif
