/* SPDX-License-Identifier: Apache-2.0
 *
 * sdk/lib/pathset_priv.h - what trees and builders know of a path set beyond its header.
 */
#ifndef SL_LIB_PATHSET_PRIV_H
#define SL_LIB_PATHSET_PRIV_H
#include "sdk/lib/pathset.h"

/* [any] The number of slots that SET can hold. */
uint32_t sl_pathset_max(const sl_pathset *set);
/* [any] How often a tree over SET could not make a node for a path that has a slot, for lack of
 * memory. A builder whose making saw this change leaves its slots out: they may miss values. */
uint64_t sl_pathset_blind(const sl_pathset *set);
/* [any] Count one such failure. */
void sl_pathset_add_blind(sl_pathset *set);
/* [any] Slots per row that a new matrix over SET gets: all there are, rounded up to 8, with room to
 * grow when the set is open. 0: no matrix. */
uint32_t sl_pathset_stride(const sl_pathset *set, uint32_t *nslot);

/* [any] A number that differs from process to process, for seeds of hash tables: nobody outside can
 * choose keys that collide. */
uint64_t sl_hash_seed(const void *object);

/* A node with what only the library needs. The tree's walkers compare 32 bytes of an encoded key at
 * once: TEXT under the mask BITS. */
typedef struct sl_pnode_priv {
    sl_pnode pub;
    uint64_t text[4];
    uint64_t bits[4];
    uint64_t stamp; /* of the walk that met it last, which so notices duplicate keys; 0 at first */
    uint64_t hash;
    struct sl_pnode_priv *older; /* the node made before, for freeing */
    uint32_t is_linked;          /* in the list of its siblings */
    uint32_t number;             /* from 0, the root; seeds the hash of its children */
} sl_pnode_priv;

/* [inst] The private part of NODE, which a tree made. */
static inline sl_pnode_priv *sl_pnode_priv_of(sl_pnode *node)
{
    return (sl_pnode_priv *)(void *)node;
}

/* [inst] A number for TREE that no walk over it had before, from 1. */
uint64_t sl_ptree_next_stamp(sl_ptree *tree);

#endif
