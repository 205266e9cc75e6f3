/* SPDX-License-Identifier: Apache-2.0
 *
 * sdk/lib/pathset.h - the slots of an edge and the learned tree behind them.
 *
 * The library's side of sluice/paths.h. A path set only grows: slots are appended under a lock and
 * published by a store-release of the count, so readers on other lanes need none. A tree belongs to
 * one thread.
 */
#ifndef SL_LIB_PATHSET_H
#define SL_LIB_PATHSET_H
#include "sdk/lib/mem.h"

#include <sluice/paths.h>

#define SL_PATH_MAX_DEPTH  255u
#define SL_BATCH_SLOTS_MAX 1024u /* slots of an edge at most */

/* [any] Cut the dotted path TEXT ("a.b", "a.\"x.y\".c"; in quotes, \" and \\ stand for themselves)
 * into keys, at most CAP, alloc'd in one block at *BLOCK (give; sl_mem_free). Gives their number; 0
 * when malformed, and then *AT is the byte where. */
SL_API uint32_t sl_path_parse(sl_mem *mem, const char *text, sl_bytes *keys, uint32_t cap,
                              void **block, uint32_t *at);

/* [any] A new, empty path set that holds at most MAX slots; counted, one reference. */
SL_API sl_pathset *sl_pathset_new(sl_mem *mem, uint32_t max);
/* [any] Share. */
SL_API sl_pathset *sl_pathset_ref(sl_pathset *set);
/* [any] Let go. NULL is fine. */
SL_API void sl_pathset_unref(sl_pathset *set);
/* [any] Give the path with these N keys (copied) a slot, or find the one that it has; SL_NO_SLOT
 * when the set is full or memory is short. */
SL_API uint32_t sl_pathset_add(sl_pathset *set, const sl_bytes *keys, uint32_t n);
/* [any] From now on trees give slots to what they learn: a consumer asked for all paths. */
SL_API void sl_pathset_open(sl_pathset *set);
/* [any] Was it opened? */
SL_API int32_t sl_pathset_is_open(const sl_pathset *set);
/* [any] The functions of sluice/paths.h on sets. */
SL_API uint32_t sl_pathset_count(const sl_pathset *set);
/* [any] As sl_paths.keys. */
SL_API uint32_t sl_pathset_keys(const sl_pathset *set, uint32_t slot, sl_bytes *keys, uint32_t cap);
/* [any] As sl_paths.find. */
SL_API uint32_t sl_pathset_find(const sl_pathset *set, const sl_bytes *keys, uint32_t n);

/* [inst] A tree over SET (shared) that learns at most MAX paths. Slots of SET show in it at once.
 * Gives NULL when memory is short. */
SL_API sl_ptree *sl_ptree_new(sl_mem *mem, sl_pathset *set, uint32_t max);
/* [inst] NULL is fine. */
SL_API void sl_ptree_free(sl_ptree *tree);
/* [inst] As sl_paths.root. */
SL_API sl_pnode *sl_ptree_root(sl_ptree *tree);
/* [inst] As sl_paths.child. */
SL_API sl_pnode *sl_ptree_child(sl_ptree *tree, sl_pnode *parent, sl_pnode *prev,
                                const uint8_t *key, uint64_t len);
/* [inst] The set that TREE is over; borrowed. */
SL_API sl_pathset *sl_ptree_set(sl_ptree *tree);
/* [inst] How many keys were handled without a node, because the tree was full. */
SL_API uint64_t sl_ptree_opaque(const sl_ptree *tree);

#endif
