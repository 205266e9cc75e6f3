/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/json/walk.h - the second stage: from indexed JSON text to msgpack, slots and counters.
 *
 * A walk goes over the structural index of a piece of text (stage1.h) and writes into a builder in
 * one pass. Its place is an sl_json_step, passed and given by value so that it stays in registers;
 * a step without idx means failure, explained in the walk. A text that ends too early fails (or
 * seems to succeed) at the sentinels behind the index: sl_json_ends_early tells.
 *
 * Keys of maps below the record are predicted with the path tree; below arrays, and where the tree
 * is full, keys are only copied, and the node that stands for them is the walk's own nowhere.
 */
#ifndef SL_JSON_WALK_H
#define SL_JSON_WALK_H
#include <sluice/sdk.h>

#include "plugins/json/stage1.h"

#define SL_JSON_SLOTS 1024u /* hard limit of slots of an edge */
#define SL_JSON_CACHE 256u  /* keys that were found by hash lately */

/* What can be wrong with a record; index of sl_json_faults. */
#define SL_JSON_SYNTAX    1u
#define SL_JSON_UTF8      2u
#define SL_JSON_CONTROL   3u
#define SL_JSON_ESCAPE    4u
#define SL_JSON_SURROGATE 5u
#define SL_JSON_NUMBER    6u
#define SL_JSON_DEPTH     7u
#define SL_JSON_SIZE      8u
#define SL_JSON_KEY       9u
#define SL_JSON_DUPLICATE 10u
#define SL_JSON_RECORDS   11u
#define SL_JSON_EMPTY     12u
#define SL_JSON_TRAILING  13u
#define SL_JSON_PAYLOAD   14u
#define SL_JSON_NOMEM     15u /* not the text's fault */

typedef struct sl_json_fault {
    const char *code; /* dotted, stable */
    const char *text; /* what is wrong, in a sentence without its place */
} sl_json_fault;

extern const sl_json_fault sl_json_faults[];

typedef struct sl_json_walk {
    const uint8_t *buf; /* the piece of text */
    const uint32_t *idx_end;
    uint8_t *body; /* of the builder, as limit, row and nslot are */
    uint8_t *limit;
    uint32_t *row; /* slots of the row under way; not touched when nslot is 0 */
    uint32_t nslot;
    uint32_t len;       /* bytes of the piece */
    uint32_t max_depth; /* levels of nesting that are allowed, at most 255 */
    uint32_t replace;   /* lone surrogates become U+FFFD instead of a fault */
    uint32_t unique;    /* a key twice in a map is a fault */
    uint32_t all;       /* still true: each key of a map with a node had a slot */
    uint32_t fault;     /* SL_JSON_* of the step that failed */
    uint32_t fault_at;  /* its place in the piece */
    uint32_t cut;       /* the last token read is a scalar that touches the end of the piece */
    sl_builder *b;
    const sl_host *host;
    sl_node *node;
    const sl_paths *paths;
    sl_ptree *tree;
    sl_pnode *root;
    const uint8_t **keys; /* scratch of the check for keys twice */
    uint64_t keys_cap;
    sl_pnode nowhere;                   /* stands for values without a node */
    sl_pnode *slot_node[SL_JSON_SLOTS]; /* whose slot it is; NULL: not met yet */
    struct {
        const sl_pnode *parent;
        sl_pnode *node;
    } cache[SL_JSON_CACHE];
} sl_json_walk;

typedef struct sl_json_step {
    const uint32_t *idx; /* the next place of the index; NULL: failed */
    uint8_t *out;        /* the next byte of the body */
} sl_json_step;

/* [inst] Make W ready for NODE's output port 0; TREE may be NULL: no path is learned. */
void sl_json_walk_init(sl_json_walk *w, const sl_host *host, sl_node *node, const sl_paths *paths,
                       sl_ptree *tree);
/* [inst] Free the scratch of W. */
void sl_json_walk_fini(sl_json_walk *w);
/* [inst] From now on write into B. Takes over its memory until sl_json_walk_sync. */
void sl_json_walk_into(sl_json_walk *w, sl_builder *b);

/* [inst] Write the value whose first token is next as one row's record: an object as it is, else
 * {"value": …}. B has room for a row. */
sl_json_step sl_json_walk_record(sl_json_walk *w, sl_json_step s);
/* [inst] Write the value whose first token is next, below DEPTH open levels, without learning its
 * keys. */
sl_json_step sl_json_walk_value(sl_json_walk *w, sl_json_step s, uint32_t depth);
/* [inst] Write the key, a string, whose token is next, as msgpack str. */
sl_json_step sl_json_walk_key(sl_json_walk *w, sl_json_step s);
/* [inst] Note that FAULT is at TEXT, within the piece. Gives the failed step. */
sl_json_step sl_json_fail(sl_json_walk *w, uint32_t fault, const uint8_t *text);
/* [inst] Make room for NEED bytes behind OUT, which may move; NEED 0 takes in the slots that the
 * path set has got meanwhile. Gives where OUT is now; NULL: failed. */
uint8_t *sl_json_grow(sl_json_walk *w, uint8_t *out, uint64_t need);
/* [inst] Write the header of a map or array that was opened at place HEAD, with COUNT entries. */
sl_json_step sl_json_close(sl_json_walk *w, sl_json_step s, uint32_t head, uint32_t count);

/* [inst] Did the walk that gave S leave the piece before its value was complete? WHOLE: nothing can
 * follow the piece, so that a scalar may touch its end. */
static inline int sl_json_ends_early(const sl_json_walk *w, sl_json_step s, uint32_t whole)
{
    if (!s.idx && w->fault == SL_JSON_NOMEM)
        return 0;
    return (s.idx ? s.idx > w->idx_end : w->fault_at >= w->len) || (w->cut && !whole);
}

/* ---- keys.c --------------------------------------------------------------------------------- */

/* A map under way. */
typedef struct sl_json_map {
    uint32_t head;   /* place of its header */
    uint32_t jumped; /* a key was not the next one in the order of siblings: one may come again */
} sl_json_map;

/* [inst] The key that is next, of MAP at PARENT, is not the one predicted behind PREV: find its
 * node, FOUND, by other ways and write it. */
sl_json_step sl_json_key_missed(sl_json_walk *w, sl_json_step s, sl_pnode *parent, sl_pnode *prev,
                                sl_json_map *map, sl_pnode **found);
/* [inst] The key of N comes in the map at HEAD, perhaps not for the first time: what an earlier
 * value put into the slots below N is forgotten. */
void sl_json_key_again(sl_json_walk *w, const sl_pnode *n, uint32_t head);
/* [inst] The node, below PARENT and behind PREV, of the key that stands encoded at KEY; nowhere
 * when the tree is full. */
sl_pnode *sl_json_key_learn(sl_json_walk *w, sl_pnode *parent, sl_pnode *prev, const uint8_t *key);
/* [inst] N, whose value comes next, has no slot in the row that the builder knows of: ask for one
 * when the set has grown. */
sl_json_step sl_json_slot_missed(sl_json_walk *w, sl_json_step s, sl_pnode *n);

/* ---- string.c ------------------------------------------------------------------------------- */

/* [inst] Write the string with an escape in it that starts with the quote at P and ends with the
 * quote at CLOSE. Gives the place behind, NULL when it failed. */
uint8_t *sl_json_string_escaped(sl_json_walk *w, uint8_t *out, const uint8_t *p,
                                const uint8_t *close);
/* [any] The closing quote of the string at P, whose next token is at NEXT; NULL: there is none. */
const uint8_t *sl_json_string_close(const uint8_t *p, const uint8_t *next);

/* ---- number.c ------------------------------------------------------------------------------- */

/* [inst] Write the number at P, whatever its form; LEN bytes are left of the piece. KIND gets the
 * SL_KIND_*. Gives the place behind, NULL when it is none. */
uint8_t *sl_json_number_text(sl_json_walk *w, uint8_t *out, const uint8_t *p, uint64_t len,
                             uint32_t *kind);
/* [inst] Write M / 10^K, of more than 15 digits: M has no trailing zero or K is 0. As above; NULL
 * without a fault when only the text can tell. */
uint8_t *sl_json_number_wide(uint8_t *out, uint64_t m, uint32_t k, int negative, uint32_t *kind);

/* ---- unique.c ------------------------------------------------------------------------------- */

/* [inst] Are the keys of the map of COUNT pairs at HEAD of the body all different? Fails with the
 * place at TEXT. */
int sl_json_keys_unique(sl_json_walk *w, uint32_t head, uint32_t count, const uint8_t *text);

#endif
