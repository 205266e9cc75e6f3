/* SPDX-License-Identifier: Apache-2.0
 *
 * sdk/lib/pool_priv.h - blocks of memory that a pool lends, and a batch's private part.
 */
#ifndef SL_LIB_POOL_PRIV_H
#define SL_LIB_POOL_PRIV_H
#include "sdk/lib/batch.h"

#define SL_BLOCK_HEAD  0u /* struct, places, slots, sidecars */
#define SL_BLOCK_BODY  1u
#define SL_BLOCK_KINDS 2u

typedef struct sl_block {
    uint8_t *ptr;
    uint64_t bytes;
} sl_block;

/* [any] Lend a block of at least BYTES, freed ones of the same KIND first; it counts as out. False
 * when memory is short. */
int sl_pool_take(sl_pool *pool, uint32_t kind, uint64_t bytes, sl_block *out);
/* [any] Make BLOCK, which is out, BYTES long; it may move. False when memory is short. */
int sl_pool_resize(sl_pool *pool, sl_block *block, uint64_t bytes);
/* [any] The reverse of take. A block without memory is fine. */
void sl_pool_give(sl_pool *pool, uint32_t kind, sl_block block);
/* [any] The account that the pool draws on. */
sl_mem *sl_pool_mem(sl_pool *pool);
/* [any] Bytes of body and rows that the next batch of POOL will probably have. */
void sl_pool_expect(sl_pool *pool, uint64_t *bytes, uint32_t *rows);
/* [any] A batch of POOL has become BYTES and ROWS large. */
void sl_pool_learn(sl_pool *pool, uint64_t bytes, uint32_t rows);

/* A batch and what it holds on to. It lies at the start of its head block; those that share the
 * arrays of another (selections, rebuilt slots) hold BASE and have no body of their own. */
typedef struct sl_batch_priv {
    sl_batch pub;
    sl_pool *pool;   /* held */
    sl_pathset *set; /* held; NULL: none */
    sl_batch *base;  /* held; NULL: none */
    uint8_t *meta;   /* owned: offsets and origins; NULL: none */
    sl_block head;   /* bytes 0: not lent by the pool but by its account */
    sl_block body;
} sl_batch_priv;

/* [any] The private part of BATCH, which the library made. */
static inline sl_batch_priv *sl_batch_priv_of(sl_batch *batch)
{
    return (sl_batch_priv *)(void *)batch;
}

/* Where the arrays of a head block lie. */
typedef struct sl_layout {
    uint32_t cap;
    uint32_t stride;   /* 0: no slots */
    uint32_t has_time; /* flags: which sidecars there are */
    uint32_t has_op;
    uint32_t has_like; /* within and from */
    uint64_t time_at;
    uint64_t rec_at;
    uint64_t within_at;
    uint64_t slot_at;
    uint64_t from_at;
    uint64_t op_at;
    uint64_t bytes;
} sl_layout;

/* [any] Fill in the places of L from its first five fields. */
void sl_layout_place(sl_layout *l);

#endif
