/* SPDX-License-Identifier: Apache-2.0
 *
 * sdk/lib/batch.h - making, sharing and giving back batches.
 *
 * The library's side of sl_rows (sluice/abi.h): everything about a batch that needs no node. A pool
 * belongs to one output port of one instance; batches go back to it from any thread. It keeps some
 * freed blocks for the next batches, counts what is out, and tells its owner when the fill falls
 * below the cap again: that is the credit of the edge.
 */
#ifndef SL_LIB_BATCH_H
#define SL_LIB_BATCH_H
#include "sdk/lib/pathset.h"

#define SL_BATCH_PAD      64u      /* readable zero bytes behind a body */
#define SL_BATCH_AIM      131072u  /* bytes of body that a maker of batches aims at */
#define SL_BATCH_CLOSE    1048576u /* at this many it closes the batch in any case */
#define SL_BATCH_ROWS     8192u    /* records that it aims at */
#define SL_BATCH_ROWS_MAX 65535u

/* [any] A pool with CAP bytes of credit; counted, one reference. Gives NULL when memory is short.*/
SL_API sl_pool *sl_pool_new(sl_mem *mem, uint64_t cap);
/* [any] Share. */
SL_API sl_pool *sl_pool_ref(sl_pool *pool);
/* [any] Let go; the pool stays until its last batch has come back. NULL is fine. */
SL_API void sl_pool_unref(sl_pool *pool);
/* [any] Bytes of bodies, places and slots that are out now. */
SL_API uint64_t sl_pool_out(const sl_pool *pool);
/* [any] The cap. */
SL_API uint64_t sl_pool_cap(const sl_pool *pool);
/* [any] Call FN(ARG), on whatever thread gave the batch back, each time when the fill falls from
 * the cap or above to less than it. FN NULL ends that; no call is under way when this returns. */
SL_API void sl_pool_watch(sl_pool *pool, void (*fn)(void *arg), void *arg);

/* [any] As sl_rows.ref. */
SL_API sl_batch *sl_batch_ref(sl_batch *batch);
/* [any] As sl_rows.unref. */
SL_API void sl_batch_unref(sl_batch *batch);
/* [any] As sl_rows.select; the new batch holds a reference on BATCH and shares its arrays. */
SL_API sl_batch *sl_batch_select(sl_batch *batch, const uint16_t *row, uint32_t n);
/* [any] Bytes of memory that BATCH keeps busy: what an edge counts. */
SL_API uint64_t sl_batch_bytes(const sl_batch *batch);

/* [inst] As sl_rows.build, from POOL with the slots of SET (shared; NULL: no slots). Gives NULL
 * only when memory is short: the cap is the caller's business. */
SL_API sl_builder *sl_builder_new(sl_pool *pool, sl_pathset *set, sl_batch *like);
/* [inst] As sl_rows.grow. */
SL_API sl_status sl_builder_grow(sl_builder *b, uint64_t more);
/* [inst] As sl_rows.copy. */
SL_API sl_status sl_builder_copy(sl_builder *b, const uint16_t *row, uint32_t n);
/* [inst] As sl_rows.origin. */
SL_API sl_status sl_builder_origin(sl_builder *b, uint32_t split, sl_bytes first, sl_bytes last,
                                   const sl_bytes *each);
/* [inst] As sl_rows.finish. */
SL_API sl_batch *sl_builder_finish(sl_builder *b);
/* [inst] As sl_rows.discard. */
SL_API void sl_builder_discard(sl_builder *b);

/* [inst] A batch with the records of BATCH whose slots are built anew by walking the body in step
 * with TREE; shares the body. NULL when memory is short. */
SL_API sl_batch *sl_batch_reslot(sl_batch *batch, sl_ptree *tree);

/* [any] The private part of a declared path: what sl_path points into. */
typedef struct sl_path_priv {
    sl_path pub;
    const sl_bytes *keys;
    uint32_t n;
} sl_path_priv;

/* [any] The walk of an sl_path_priv: finds the value by its keys; 0 when absent. The LAST of
 * duplicate keys counts. */
SL_API uint32_t sl_path_walk(const sl_batch *batch, uint32_t row, const sl_path *path);

#endif
