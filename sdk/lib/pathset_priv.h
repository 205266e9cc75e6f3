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

/* [inst] Nodes of a tree compare 32 bytes of an encoded key at once: the bits of TEXT that count.
 */
typedef struct sl_pnode_mask {
    uint64_t text[4];
    uint64_t bits[4];
} sl_pnode_mask;

/* [inst] The compare form of NODE, which a tree made. */
const sl_pnode_mask *sl_pnode_get_mask(const sl_pnode *node);

/* [inst] The stamp of NODE, which its tree's walker uses to notice duplicate keys; 0 at first. */
uint64_t *sl_pnode_stamp(sl_pnode *node);

/* [inst] A number for TREE that no walk over it had before, from 1. */
uint64_t sl_ptree_next_stamp(sl_ptree *tree);

#endif
