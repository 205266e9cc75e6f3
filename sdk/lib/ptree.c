/* SPDX-License-Identifier: Apache-2.0
 *
 * sdk/lib/ptree.c - the learned tree of paths behind the prediction of keys.
 *
 * All nodes lie in one hash table over (parent, key); siblings are also a list in the order in
 * which the producer writes them. Nodes for the slots of the set exist from the moment the slot is
 * seen (sync_slots) but join the list of their siblings only when the key is met, so that the order
 * in which slots were declared spoils no prediction. Such nodes do not count against the tree's
 * limit: a path that has a slot always has a node, or the set is told that the tree is blind.
 */
#include "sdk/lib/pathset_priv.h"

#include <sluice/sdk.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define KEY_MAX 65535u

typedef sl_pnode_priv node;

struct sl_ptree {
    sl_mem *mem;
    sl_pathset *set;
    uint64_t seed;
    uint64_t opaque;
    uint64_t stamp;
    uint32_t max;     /* paths that may be learned */
    uint32_t learned; /* so far */
    uint32_t nodes;   /* made so far, without the root */
    uint32_t synced;  /* slots of the set that have their node */
    uint32_t mask;    /* places in the table - 1 */
    node **table;
    node *newest;
    node root;
    sl_bytes keys[SL_PATH_MAX_DEPTH]; /* room for the path under way */
};

static uint64_t hash_child(const sl_ptree *tree, const node *parent, const uint8_t *key,
                           uint64_t len)
{
    return XXH3_64bits_withSeed(key, len,
                                tree->seed + parent->number * UINT64_C(0x9e3779b97f4a7c15));
}

/* The place in the table of the child, or the free one where it belongs. */
static uint32_t probe(const sl_ptree *tree, uint64_t hash, const node *parent, const uint8_t *key,
                      uint64_t len)
{
    uint32_t at = (uint32_t)hash & tree->mask;

    for (;; at = (at + 1) & tree->mask) {
        const node *n = tree->table[at];
        if (!n || (n->hash == hash && n->pub.parent == &parent->pub && n->pub.key.len == len &&
                   (!len || !memcmp(n->pub.key.ptr, key, len))))
            return at;
    }
}

/* Make the table twice as large when it is more than half full. */
static int table_room(sl_ptree *tree)
{
    uint32_t places = (tree->mask + 1) * 2;
    node **table;

    if (tree->nodes < (tree->mask + 1) / 2)
        return 1;
    table = sl_mem_zalloc(tree->mem, places, sizeof *table);
    if (!table)
        return 0;
    for (node *n = tree->newest; n; n = n->older) {
        uint32_t at = (uint32_t)n->hash & (places - 1);
        while (table[at])
            at = (at + 1) & (places - 1);
        table[at] = n;
    }
    sl_mem_free(tree->table);
    tree->table = table;
    tree->mask = places - 1;
    return 1;
}

/* Fill the padded forms of the key, where it is short. JSON text never holds a quote, a backslash
 * or a control character as it is: such a key has no JSON form. */
static void fill_forms(node *n)
{
    const uint8_t *key = n->pub.key.ptr;
    size_t len = n->pub.key.len;
    uint8_t bits[32] = {0};

    if (len > SL_PNODE_KEY_FAST)
        return;
    n->pub.text[0] = (uint8_t)(0xa0 | len);
    if (len)
        memcpy(n->pub.text + 1, key, len);
    n->pub.text_len = (uint16_t)(len + 1);
    memset(bits, 0xff, len + 1);
    memcpy(n->text, n->pub.text, sizeof n->text);
    memcpy(n->bits, bits, sizeof n->bits);
    for (size_t i = 0; i < len; i++) {
        if (key[i] == '"' || key[i] == '\\' || key[i] < 0x20)
            return;
    }
    n->pub.json[0] = '"';
    if (len)
        memcpy(n->pub.json + 1, key, len);
    n->pub.json[len + 1] = '"';
    n->pub.json_len = (uint16_t)(len + 2);
}

/* A new node at place AT of the table; NULL when memory is short. */
static node *make_node(sl_ptree *tree, uint32_t at, uint64_t hash, node *parent, const uint8_t *key,
                       uint64_t len)
{
    node *n = sl_mem_zalloc(tree->mem, 1, sizeof *n + len);
    uint8_t *copy;

    if (!n)
        return NULL;
    copy = (uint8_t *)(n + 1);
    if (len)
        memcpy(copy, key, len);
    n->pub.key.ptr = copy;
    n->pub.key.len = len;
    n->pub.parent = &parent->pub;
    n->pub.slot = SL_NO_SLOT;
    n->pub.depth = parent->pub.depth + 1;
    n->hash = hash;
    n->older = tree->newest;
    n->number = ++tree->nodes;
    fill_forms(n);
    tree->newest = n;
    tree->table[at] = n;
    return n;
}

/* The child KEY of PARENT, made when it is new, whatever the limit. NULL when memory is short. */
static node *find_or_make(sl_ptree *tree, node *parent, const uint8_t *key, uint64_t len)
{
    uint64_t hash = hash_child(tree, parent, key, len);
    uint32_t at = probe(tree, hash, parent, key, len);

    if (tree->table[at])
        return tree->table[at];
    if (!table_room(tree))
        return NULL;
    at = probe(tree, hash, parent, key, len);
    return make_node(tree, at, hash, parent, key, len);
}

/* Make the node of SLOT and those above it. */
static int sync_slot(sl_ptree *tree, uint32_t slot)
{
    uint32_t n = sl_pathset_keys(tree->set, slot, tree->keys, SL_PATH_MAX_DEPTH);
    node *at = &tree->root;

    for (uint32_t i = 0; i < n && at; i++)
        at = find_or_make(tree, at, tree->keys[i].ptr, tree->keys[i].len);
    if (!at)
        return 0;
    at->pub.slot = slot;
    return 1;
}

/* Take in the slots that the set got since the last time, from whichever lane. */
static void sync_slots(sl_ptree *tree)
{
    uint32_t count = tree->set ? sl_pathset_count(tree->set) : 0;

    while (tree->synced < count) {
        if (!sync_slot(tree, tree->synced)) {
            sl_pathset_add_blind(tree->set);
            return;
        }
        tree->synced++;
    }
}

/* Give the new node N a slot when the set is open. Slots of other lanes are taken in on the way. */
static void learn_slot(sl_ptree *tree, node *n)
{
    uint32_t depth = n->pub.depth;

    if (!tree->set || depth > SL_PATH_MAX_DEPTH || !sl_pathset_is_open(tree->set))
        return;
    for (const sl_pnode *p = &n->pub; p->parent; p = p->parent)
        tree->keys[--depth] = p->key;
    n->pub.slot = sl_pathset_add(tree->set, tree->keys, n->pub.depth);
    sync_slots(tree);
}

/* May the tree learn one more path? Over an open set it may as long as the set could take the path
 * in: another lane could do so, and then this one must know it. */
static int may_learn(const sl_ptree *tree)
{
    uint32_t max = tree->max;

    if (tree->set && sl_pathset_is_open(tree->set) && sl_pathset_max(tree->set) > max)
        max = sl_pathset_max(tree->set);
    return tree->learned < max;
}

/* The new child KEY of PARENT; NULL when there is no room for it. */
static node *learn(sl_ptree *tree, node *parent, const uint8_t *key, uint64_t len)
{
    node *n = NULL;

    if (may_learn(tree)) {
        n = find_or_make(tree, parent, key, len);
        if (!n && tree->set && sl_pathset_is_open(tree->set))
            sl_pathset_add_blind(tree->set);
    }
    if (!n) {
        tree->opaque++;
        return NULL;
    }
    tree->learned++;
    learn_slot(tree, n);
    return n;
}

/* Put N into the list of its siblings, behind PREV or first. */
static void link_sibling(node *n, sl_pnode *prev)
{
    sl_pnode **from = prev ? &prev->next : &n->pub.parent->child;

    n->is_linked = 1;
    n->pub.next = *from;
    *from = &n->pub;
}

sl_ptree *sl_ptree_new(sl_mem *mem, sl_pathset *set, uint32_t max)
{
    sl_ptree *tree = sl_mem_zalloc(mem, 1, sizeof *tree);

    if (!tree)
        return NULL;
    tree->mem = mem;
    tree->max = max;
    tree->seed = sl_hash_seed(tree);
    tree->mask = 63;
    tree->root.pub.slot = SL_NO_SLOT;
    tree->table = sl_mem_zalloc(mem, tree->mask + 1, sizeof *tree->table);
    if (!tree->table) {
        sl_mem_free(tree);
        return NULL;
    }
    tree->set = set ? sl_pathset_ref(set) : NULL;
    sync_slots(tree);
    return tree;
}

void sl_ptree_free(sl_ptree *tree)
{
    if (!tree)
        return;
    while (tree->newest) {
        node *older = tree->newest->older;
        sl_mem_free(tree->newest);
        tree->newest = older;
    }
    sl_pathset_unref(tree->set);
    sl_mem_free(tree->table);
    sl_mem_free(tree);
}

sl_pnode *sl_ptree_root(sl_ptree *tree)
{
    sync_slots(tree);
    return &tree->root.pub;
}

sl_pnode *sl_ptree_child(sl_ptree *tree, sl_pnode *parent, sl_pnode *prev, const uint8_t *key,
                         uint64_t len)
{
    uint64_t hash;
    uint32_t at;
    node *n;

    if (len > KEY_MAX || parent->depth >= SL_PATH_MAX_DEPTH) {
        tree->opaque++;
        return NULL;
    }
    sync_slots(tree);
    hash = hash_child(tree, sl_pnode_priv_of(parent), key, len);
    at = probe(tree, hash, sl_pnode_priv_of(parent), key, len);
    n = tree->table[at];
    if (!n)
        n = learn(tree, sl_pnode_priv_of(parent), key, len);
    if (!n)
        return NULL;
    if (!n->is_linked)
        link_sibling(n, prev);
    return &n->pub;
}

sl_pathset *sl_ptree_set(sl_ptree *tree)
{
    return tree->set;
}

uint64_t sl_ptree_opaque(const sl_ptree *tree)
{
    return tree->opaque;
}

uint64_t sl_ptree_next_stamp(sl_ptree *tree)
{
    return ++tree->stamp;
}
