/* SPDX-License-Identifier: Apache-2.0
 *
 * sdk/lib/batch.c - the life of a finished batch: sharing, selecting, finding, letting go.
 *
 * A selection shares all arrays of the batch that it was made from and holds it; a selection of a
 * selection holds the first batch, so chains stay short. The last to let go gives the blocks back
 * to the pool, on whatever thread that is.
 */
#include "sdk/lib/pool_priv.h"

#include <sluice/sdk.h>

#include <string.h>

sl_batch *sl_batch_ref(sl_batch *batch)
{
    (void)__atomic_fetch_add(&batch->refs, 1, __ATOMIC_RELAXED);
    return batch;
}

void sl_batch_unref(sl_batch *batch)
{
    sl_batch_priv *p;
    sl_batch_priv own;

    if (!batch || __atomic_fetch_sub(&batch->refs, 1, __ATOMIC_ACQ_REL) != 1)
        return;
    p = sl_batch_priv_of(batch);
    own = *p;
    sl_mem_free(own.meta);
    sl_pool_give(own.pool, SL_BLOCK_BODY, own.body);
    if (own.head.bytes)
        sl_pool_give(own.pool, SL_BLOCK_HEAD, own.head);
    else
        sl_mem_free(p);
    sl_batch_unref(own.base);
    sl_pathset_unref(own.set);
    sl_pool_unref(own.pool);
}

sl_batch *sl_batch_select(sl_batch *batch, const uint16_t *row, uint32_t n)
{
    sl_batch_priv *from = sl_batch_priv_of(batch);
    sl_batch_priv *p = sl_mem_alloc(sl_pool_mem(from->pool), sizeof *p + n * sizeof *row);
    uint16_t *sel;

    if (!p)
        return NULL;
    sel = (uint16_t *)(void *)(p + 1);
    if (n)
        memcpy(sel, row, n * sizeof *row);
    memset(p, 0, sizeof *p);
    p->pub = from->pub;
    p->pub.refs = 1;
    p->pub.sel = sel;
    p->pub.nsel = n;
    p->pool = sl_pool_ref(from->pool);
    p->set = from->set ? sl_pathset_ref(from->set) : NULL;
    /* A selection of a selection holds what that one holds. Rebuilt slots live in their own block,
     * so a batch that has any is held itself. */
    p->base = sl_batch_ref(from->base && !from->head.bytes ? from->base : batch);
    return &p->pub;
}

uint64_t sl_batch_bytes(const sl_batch *batch)
{
    const sl_batch_priv *p = (const sl_batch_priv *)(const void *)batch;
    uint64_t bytes = 0;

    for (; p; p = (const sl_batch_priv *)(const void *)p->base)
        bytes += p->head.bytes + p->body.bytes;
    return bytes;
}

/* The value of the last pair in the N pairs at P whose key is KEY; NULL when there is none. */
static const uint8_t *find_key(const uint8_t *p, uint64_t n, const sl_bytes *key)
{
    const uint8_t *found = NULL;

    while (n--) {
        sl_val k;
        p = sl_val_read(p, &k);
        if (k.type == SL_V_STR && k.n == key->len && !memcmp(k.ptr, key->ptr, key->len))
            found = p;
        p = sl_val_skip(p);
    }
    return found;
}

uint32_t sl_path_walk(const sl_batch *batch, uint32_t row, const sl_path *path)
{
    const sl_path_priv *priv = (const sl_path_priv *)(const void *)path;
    const uint8_t *p = batch->body + batch->rec[row];

    for (uint32_t i = 0; i < priv->n; i++) {
        sl_val v;
        (void)sl_val_read(p, &v);
        if (v.type != SL_V_MAP)
            return 0;
        p = find_key(v.ptr, v.n, &priv->keys[i]);
        if (!p)
            return 0;
    }
    return priv->n ? (uint32_t)(p - batch->body) : 0;
}
