/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/json/keys.c - keys of maps that came otherwise than predicted.
 *
 * Prediction and the look at further siblings go forward in the order of siblings, so before a key
 * can come again in a map one must be found here, by the cache or by the tree: a jump. From then on
 * each key of the map may be one that was there before. Of such a key the last value counts, so the
 * slots that point into the value before are forgotten.
 */
#include "plugins/json/scalar.h"

#define FORGET_BUDGET 64u /* nodes looked at below a key before going by slots instead */

/* Where the key at P, LEN bytes with its quotes, of a map at PARENT is kept in the cache. */
static uint32_t cache_place(const sl_pnode *parent, const uint8_t *p, uint32_t len)
{
    uint64_t head;
    uint64_t tail = 0;

    memcpy(&head, p, sizeof head);
    if (len < 8)
        head &= ((uint64_t)1 << 8 * len) - 1;
    else
        memcpy(&tail, p + len - 8, sizeof tail);
    head = (head ^ len ^ (uintptr_t)parent >> 4) * 0x9e3779b97f4a7c15u;
    head = (head ^ head >> 29 ^ tail) * 0xbf58476d1ce4e5b9u;
    return (uint32_t)(head >> 56) % SL_JSON_CACHE;
}

sl_pnode *sl_json_key_learn(sl_json_walk *w, sl_pnode *parent, sl_pnode *prev, const uint8_t *key)
{
    sl_val text = {0};
    sl_pnode *n;

    (void)sl_val_read(key, &text);
    n = w->paths->child(w->tree, parent, prev, text.ptr, text.n);
    if (!n)
        return &w->nowhere;
    if (n->slot < SL_JSON_SLOTS)
        w->slot_node[n->slot] = n;
    return n;
}

/* Is N below TOP? */
static int is_below(const sl_pnode *n, const sl_pnode *top)
{
    while (n && n->depth > top->depth)
        n = n->parent;
    return n == top;
}

/* Forget slots of nodes below N, of the row under way, that point behind HEAD. Gives 0 when BUDGET
 * ran out. */
static int forget_nodes(sl_json_walk *w, const sl_pnode *n, uint32_t head, uint32_t *budget)
{
    for (const sl_pnode *c = n->child; c; c = c->next) {
        if ((*budget)-- == 0)
            return 0;
        if (c->slot < w->nslot && w->row[c->slot] > head)
            w->row[c->slot] = 0;
        if (c->child && !forget_nodes(w, c, head, budget))
            return 0;
    }
    return 1;
}

void sl_json_key_again(sl_json_walk *w, const sl_pnode *n, uint32_t head)
{
    uint32_t budget = FORGET_BUDGET;

    if (!w->nslot || !n->child || (n->slot < w->nslot && w->row[n->slot] <= head))
        return;
    if (forget_nodes(w, n, head, &budget))
        return;
    for (uint32_t i = 0; i < w->nslot && i < SL_JSON_SLOTS; i++) {
        if (w->row[i] > head && w->slot_node[i] && is_below(w->slot_node[i], n) &&
            w->slot_node[i] != n)
            w->row[i] = 0;
    }
}

sl_json_step sl_json_walk_key(sl_json_walk *w, sl_json_step s)
{
    const uint8_t *p = w->buf + *s.idx++;
    uint64_t at = (uint64_t)(s.out - w->body);
    sl_val key;

    if (*p != '"')
        return sl_json_fail(w, SL_JSON_SYNTAX, p);
    s = sl_json_string(w, s, p);
    if (!s.idx)
        return s;
    (void)sl_val_read(w->body + at, &key);
    return key.n > 65535 ? sl_json_fail(w, SL_JSON_KEY, p) : s;
}

sl_json_step sl_json_key_missed(sl_json_walk *w, sl_json_step s, sl_pnode *parent, sl_pnode *prev,
                                sl_json_map *map, sl_pnode **found)
{
    const uint8_t *p = w->buf + *s.idx;
    sl_pnode *n = prev ? prev->next : parent->child;
    uint64_t at = (uint64_t)(s.out - w->body);
    uint32_t place;

    for (uint32_t i = 0; i < 3 && n; i++) {
        n = n->next;
        if (n && sl_json_key_is(p, n)) {
            *found = n;
            if (map->jumped)
                sl_json_key_again(w, n, map->head);
            return (sl_json_step){s.idx + 1, sl_json_key_put(s.out, n)};
        }
    }
    if (*p != '"')
        return sl_json_fail(w, SL_JSON_SYNTAX, p);
    place = cache_place(parent, p, s.idx[1] - s.idx[0]);
    n = w->cache[place].node;
    if (n && w->cache[place].parent == parent && sl_json_key_is(p, n)) {
        s = (sl_json_step){s.idx + 1, sl_json_key_put(s.out, n)};
    } else {
        s = sl_json_walk_key(w, s);
        if (!s.idx)
            return s;
        n = sl_json_key_learn(w, parent, prev, w->body + at);
        if (n != &w->nowhere) {
            w->cache[place].parent = parent;
            w->cache[place].node = n;
        }
    }
    *found = n;
    map->jumped = 1;
    sl_json_key_again(w, n, map->head);
    return s;
}

sl_json_step sl_json_slot_missed(sl_json_walk *w, sl_json_step s, sl_pnode *n)
{
    if (n->slot != SL_NO_SLOT && n->slot >= w->nslot && w->b->slot) {
        s.out = sl_json_grow(w, s.out, 0);
        if (!s.out)
            return (sl_json_step){NULL, NULL};
    }
    if (n->slot < w->nslot)
        w->row[n->slot] = (uint32_t)(s.out - w->body);
    else
        w->all = 0;
    return s;
}
