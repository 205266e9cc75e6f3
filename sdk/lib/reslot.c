/* SPDX-License-Identifier: Apache-2.0
 *
 * sdk/lib/reslot.c - building the slots of a batch anew, from its body.
 *
 * The walk goes in step with a path tree, as a decoder does: after a key comes its learned sibling,
 * most of the time, and one compare of 32 bytes decides. Otherwise up to three further siblings are
 * tried, then the tree's table. Places of duplicate keys are overwritten, so that the last one
 * counts; when such a key held a map, what was found in the earlier one is forgotten.
 */
#include "sdk/lib/pathset_priv.h"
#include "sdk/lib/pool_priv.h"

#include <sluice/sdk.h>

#include <string.h>

#define TRIES 4u /* the expected key and three siblings behind it */

typedef struct walk {
    sl_batch *batch;
    sl_pool *pool;
    sl_ptree *tree;
    sl_block head;
    uint32_t *slot; /* in head */
    uint32_t stride;
    uint32_t nslot;
    uint32_t row;
    uint32_t has_all; /* every key met has a slot */
    uint64_t stamp;   /* of this row */
    sl_status status;
} walk;

static uint64_t slots_at(void)
{
    return (sizeof(sl_batch_priv) + 63) / 64 * 64;
}

/* A head for rows of STRIDE slots, all 0. */
static int take_head(const walk *w, uint32_t stride, sl_block *out)
{
    uint64_t bytes = (uint64_t)w->batch->nrec * stride * sizeof *w->slot;

    if (!sl_pool_take(w->pool, SL_BLOCK_HEAD, slots_at() + bytes, out))
        return 0;
    memset(out->ptr + slots_at(), 0, bytes);
    return 1;
}

/* Make the rows wide enough for SLOT, which the tree has just got. */
static int widen(walk *w, uint32_t slot)
{
    uint32_t stride = (slot + 32) & ~7u;
    sl_block head;
    uint32_t *to;

    if (!take_head(w, stride, &head)) {
        w->status = SL_E_NOMEM;
        return 0;
    }
    to = (uint32_t *)(void *)(head.ptr + slots_at());
    for (uint32_t i = 0; i <= w->row && w->stride; i++)
        memcpy(to + (size_t)i * stride, w->slot + (size_t)i * w->stride, w->stride * sizeof *to);
    sl_pool_give(w->pool, SL_BLOCK_HEAD, w->head);
    w->head = head;
    w->slot = to;
    w->stride = stride;
    return 1;
}

/* Forget what was found below NODE in this row. */
static void forget_below(walk *w, const sl_pnode *node)
{
    uint32_t *row = w->slot + (size_t)w->row * w->stride;

    for (const sl_pnode *c = node->child; c; c = c->next) {
        if (c->slot < w->stride)
            row[c->slot] = 0;
        forget_below(w, c);
    }
}

/* NODE's value in this row is at P. */
static void note_place(walk *w, sl_pnode *node, const uint8_t *p)
{
    sl_pnode_priv *priv = sl_pnode_priv_of(node);

    if (priv->stamp == w->stamp)
        forget_below(w, node);
    priv->stamp = w->stamp;
    if (node->slot == SL_NO_SLOT) {
        w->has_all = 0;
        return;
    }
    if (node->slot >= w->stride && !widen(w, node->slot))
        return;
    if (node->slot >= w->nslot)
        w->nslot = node->slot + 1;
    w->slot[(size_t)w->row * w->stride + node->slot] = (uint32_t)(p - w->batch->body);
}

static uint64_t load_eight(const uint8_t *p)
{
    uint64_t v;

    memcpy(&v, p, sizeof v);
    return v;
}

/* Is the encoded key at P that of NODE, which is short? Most keys end within the first half. */
static int same_key(const sl_pnode_priv *node, const uint8_t *p)
{
    if (((load_eight(p) & node->bits[0]) ^ node->text[0]) |
        ((load_eight(p + 8) & node->bits[1]) ^ node->text[1]))
        return 0;
    return node->pub.text_len <= 16 || !(((load_eight(p + 16) & node->bits[2]) ^ node->text[2]) |
                                         ((load_eight(p + 24) & node->bits[3]) ^ node->text[3]));
}

/* The child of PARENT whose key stands at *P; moves *P behind the key. NULL: handle the value
 * without a node. */
static sl_pnode *next_child(walk *w, sl_pnode *parent, sl_pnode *prev, const uint8_t **p)
{
    sl_pnode *guess = prev ? prev->next : parent->child;
    sl_val key;

    for (uint32_t i = 0; i < TRIES && guess; i++, guess = guess->next) {
        if (guess->text_len && same_key(sl_pnode_priv_of(guess), *p)) {
            *p += guess->text_len;
            return guess;
        }
    }
    *p = sl_val_read(*p, &key);
    if (key.type != SL_V_STR)
        return NULL;
    return sl_ptree_child(w->tree, parent, prev, key.ptr, key.n);
}

/* Walk the N pairs at P of the map at NODE. Gives the place behind. As deep as the body, which is
 * 255 levels at most. */
static const uint8_t *walk_map(walk *w, sl_pnode *node, const uint8_t *p, uint64_t n)
{
    sl_pnode *prev = NULL;

    for (; n && w->status == SL_OK; n--) {
        sl_pnode *child = next_child(w, node, prev, &p);
        sl_val v;
        if (!child) {
            w->has_all = 0;
            p = sl_val_skip(p);
            continue;
        }
        note_place(w, child, p);
        prev = child;
        p = sl_val_read(p, &v);
        if (v.type == SL_V_MAP)
            p = walk_map(w, child, v.ptr, v.n);
        else if (v.type == SL_V_ARRAY)
            p = sl_val_skip(v.raw);
    }
    return p;
}

static void walk_rows(walk *w)
{
    sl_pnode *root = sl_ptree_root(w->tree);

    for (w->row = 0; w->row < w->batch->nrec && w->status == SL_OK; w->row++) {
        sl_val v;
        sl_batch_row(w->batch, w->row, &v);
        w->stamp = sl_ptree_next_stamp(w->tree);
        if (v.type == SL_V_MAP)
            (void)walk_map(w, root, v.ptr, v.n);
    }
}

/* The new batch, in the head of W. */
static sl_batch *make_batch(walk *w, sl_pathset *set)
{
    sl_batch_priv *p = (sl_batch_priv *)(void *)w->head.ptr;

    memset(p, 0, sizeof *p);
    p->pub = *w->batch;
    p->pub.refs = 1;
    p->pub.slot = w->stride ? w->slot : NULL;
    p->pub.stride = w->stride;
    p->pub.nslot = w->stride ? w->nslot : 0;
    p->pub.paths = set;
    p->pub.flags &= ~SL_BATCH_ALL;
    if (w->has_all && w->stride)
        p->pub.flags |= SL_BATCH_ALL;
    p->head = w->head;
    p->pool = sl_pool_ref(w->pool);
    p->set = sl_pathset_ref(set);
    p->base = sl_batch_ref(w->batch);
    return &p->pub;
}

sl_batch *sl_batch_reslot(sl_batch *batch, sl_ptree *tree)
{
    sl_pathset *set = sl_ptree_set(tree);
    walk w = {.batch = batch, .pool = sl_batch_priv_of(batch)->pool, .tree = tree, .has_all = 1};
    uint64_t blind;

    if (!set)
        return sl_batch_ref(batch);
    (void)sl_ptree_root(tree); /* takes in all slots that there are now */
    blind = sl_pathset_blind(set);
    w.stride = sl_pathset_stride(set, &w.nslot);
    if (!take_head(&w, w.stride, &w.head))
        return NULL;
    w.slot = (uint32_t *)(void *)(w.head.ptr + slots_at());
    walk_rows(&w);
    if (w.status != SL_OK || sl_pathset_blind(set) != blind) {
        sl_pool_give(w.pool, SL_BLOCK_HEAD, w.head);
        return NULL;
    }
    return make_batch(&w, set);
}
