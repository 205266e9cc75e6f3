/* SPDX-License-Identifier: Apache-2.0
 *
 * sluice/paths.h - extension "sluice.paths/1": what slots mean, and the learned tree of paths.
 *
 * A path set (sl_pathset) belongs to an edge and is shared by all lanes. Its slots are numbered
 * from 0; the declared ones are there from the start, and where a consumer asked for "*" the tree
 * appends what it learns. Slots are never renumbered or taken away.
 *
 * A path tree (sl_ptree) belongs to one output port of one instance, so it needs no lock. It
 * predicts the next key of a map: after a key comes its learned sibling, most of the time. A
 * decoder walks it in step with its input, the walker and the slot rebuilder do so over encoded
 * bytes. The node structs are open, so that the predicting compare costs no call.
 */
#ifndef SLUICE_PATHS_H
#define SLUICE_PATHS_H
#include <sluice/abi.h>
#ifdef __cplusplus
extern "C" {
#endif

#define SL_NO_SLOT        0xffffffffu
#define SL_PNODE_KEY_FAST 31u /* longest key that the padded forms hold */

/* Bits of sl_pnode.kinds: the types that were seen at a path. */
#define SL_KIND_NIL     0x0001u
#define SL_KIND_BOOL    0x0002u
#define SL_KIND_INT     0x0004u /* fits int64 */
#define SL_KIND_UINT    0x0008u /* above int64, fits uint64 */
#define SL_KIND_FLOAT   0x0010u
#define SL_KIND_STR     0x0020u
#define SL_KIND_BIN     0x0040u
#define SL_KIND_ARRAY   0x0080u
#define SL_KIND_MAP     0x0100u
#define SL_KIND_TIME    0x0200u /* an instant: ext -1 */
#define SL_KIND_DECIMAL 0x0400u
#define SL_KIND_EXT     0x0800u /* any other ext */

typedef struct sl_ptree sl_ptree;

/* One path. The key forms are padded with zeros to 64 bytes; a longer key has json_len and
 * text_len 0 there and is compared through KEY. */
typedef struct sl_pnode {
    uint8_t json[64];        /* "key" with its quotes, no escapes: what most JSON has */
    uint8_t text[64];        /* the key as msgpack str */
    struct sl_pnode *next;   /* the sibling that mostly follows; NULL: none yet */
    struct sl_pnode *child;  /* the key that mostly comes first in this map; NULL: none yet */
    struct sl_pnode *parent; /* NULL for the root, which stands for the record */
    uint32_t slot;           /* SL_NO_SLOT: none */
    uint16_t json_len;       /* bytes of json in use; 0: key longer than SL_PNODE_KEY_FAST */
    uint16_t text_len;       /* bytes of text in use; 0 as above */
    uint32_t kinds;          /* SL_KIND_* bits seen since the host last took them */
    uint32_t depth;          /* 0 for the root */
    uint64_t seen;           /* values since the host last took the count */
    sl_bytes key;            /* the exact key; borrowed from the tree */
} sl_pnode;

typedef struct sl_paths {
    uint64_t size;
    /* [inst] From open on: the tree of output PORT of NODE; borrowed until destroy. */
    sl_ptree *(*tree)(sl_node *node, uint32_t port);
    /* [inst] The root of TREE: the record. Borrowed as TREE. */
    sl_pnode *(*root)(sl_ptree *tree);
    /* [inst] The child KEY (LEN bytes) of PARENT; learned behind its sibling PREV (NULL: as the
     * first) when it is new, and given a slot when its set is open. NULL when the tree is full or
     * LEN is above 65535: handle the value without a node; it is counted. */
    sl_pnode *(*child)(sl_ptree *tree, sl_pnode *parent, sl_pnode *prev, const uint8_t *key,
                       uint64_t len);
    /* [any] Number of slots that SET has now; it only grows. */
    uint32_t (*count)(const sl_pathset *set);
    /* [any] The number of keys on the way to SLOT (at least 1), and at most CAP of them in KEYS,
     * borrowed as SET; 0 when there is no such slot. */
    uint32_t (*keys)(const sl_pathset *set, uint32_t slot, sl_bytes *keys, uint32_t cap);
    /* [any] The slot of the path with these N keys; SL_NO_SLOT when it has none. */
    uint32_t (*find)(const sl_pathset *set, const sl_bytes *keys, uint32_t n);
} sl_paths;

#ifdef __cplusplus
}
#endif
#endif
