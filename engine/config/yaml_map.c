/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/config/yaml_map.c - maps: keys that come twice, merge keys, and finding a key.
 *
 * All pairs, own ones before merged ones, are sorted by key and order; of equal keys the first one
 * wins. So a million pairs cost no more than sorting them.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/config/yaml_priv.h"

static int compare_keys(const sl_yaml *a, const sl_yaml *b)
{
    uint32_t n = a->text_len < b->text_len ? a->text_len : b->text_len;
    int c = memcmp(a->text, b->text, n);

    if (c)
        return c;
    return a->text_len < b->text_len ? -1 : a->text_len > b->text_len;
}

typedef struct entry {
    sl_yaml_item *item;
    uint32_t seq;
    int is_dropped;
} entry;

static int by_key(const void *left, const void *right)
{
    const entry *a = left;
    const entry *b = right;
    int c = compare_keys(a->item->key, b->item->key);

    if (c)
        return c;
    return a->seq < b->seq ? -1 : 1;
}

static int by_seq(const void *left, const void *right)
{
    const entry *a = left;
    const entry *b = right;

    return a->seq < b->seq ? -1 : 1;
}

static int is_merge_key(const sl_yaml *key)
{
    return key->style == SL_YAML_PLAIN && key->text_len == 2 && memcmp(key->text, "<<", 2) == 0;
}

/* ---- merge keys ---------------------------------------------------------------------------- */

typedef struct merger {
    sl_yaml *map;
    sl_yaml_item *last;
    sl_arena *arena;
    sl_diags *diags;
    uint32_t room;
} merger;

static sl_status merge_one(merger *m, const sl_yaml *from)
{
    if (from->kind != SL_YAML_MAP) {
        sl_diag(m->diags, SL_DIAG_ERROR, "config.yaml.merge", sl_yaml_place(from),
                "<<: takes a map or a list of maps, not %s", sl_yaml_describe(from));
        return SL_E_CONFIG;
    }
    if (from->weight > m->room) {
        sl_diag(m->diags, SL_DIAG_ERROR, "config.yaml.size", sl_yaml_place(from),
                "this file stands for more than %u values", SL_YAML_NODES_MAX);
        return SL_E_CONFIG;
    }
    m->room -= from->weight;
    m->map->weight += from->weight;
    for (const sl_yaml_item *i = from->items; i; i = i->next) {
        sl_yaml_item *copy = sl_arena_array(m->arena, 1, sizeof(*copy));

        if (!copy)
            return SL_E_NOMEM;
        copy->key = i->key;
        copy->value = i->value;
        copy->is_merged = 1;
        if (m->last)
            m->last->next = copy;
        else
            m->map->items = copy;
        m->last = copy;
        m->map->count++;
    }
    return SL_OK;
}

/* Take the merge keys out of the list of pairs and append what they name. */
static sl_status merge(merger *m)
{
    sl_yaml_item *merges = NULL;
    sl_yaml_item **merges_end = &merges;
    sl_yaml_item **link = &m->map->items;
    sl_status rc = SL_OK;

    m->last = NULL;
    while (*link) {
        sl_yaml_item *item = *link;

        if (is_merge_key(item->key)) {
            *link = item->next;
            item->next = NULL;
            *merges_end = item;
            merges_end = &item->next;
            m->map->count--;
        } else {
            m->last = item;
            link = &item->next;
        }
    }
    for (; merges && rc == SL_OK; merges = merges->next) {
        if (merges->value->kind != SL_YAML_LIST) {
            rc = merge_one(m, merges->value);
            continue;
        }
        for (const sl_yaml_item *i = merges->value->items; i && rc == SL_OK; i = i->next)
            rc = merge_one(m, i->value);
    }
    return rc;
}

/* ---- equal keys and the index -------------------------------------------------------------- */

static void diag_twice(sl_diags *diags, const sl_yaml *first, const sl_yaml *second)
{
    uint32_t start;
    uint32_t len;
    uint32_t line = sl_text_file_line(first->file, first->at, &start, &len) + 1;

    sl_diag(diags, SL_DIAG_ERROR, "config.yaml.twice", sl_yaml_place(second),
            "the key \"%.80s\" is here twice", second->text);
    sl_diag_hint(diags, "first at line %u", line);
}

static void drop_equal(entry *list, uint32_t n, sl_diags *diags)
{
    uint32_t first = 0;

    for (uint32_t i = 1; i < n; i++) {
        if (compare_keys(list[first].item->key, list[i].item->key) != 0) {
            first = i;
            continue;
        }
        list[i].is_dropped = 1;
        if (!list[i].item->is_merged)
            diag_twice(diags, list[first].item->key, list[i].item->key);
    }
}

/* LIST is sorted by key: what is not dropped is the index. */
static sl_status make_index(sl_yaml *map, const entry *list, sl_arena *arena)
{
    uint32_t n = 0;

    map->index = sl_arena_array(arena, map->count, sizeof(sl_yaml_item *));
    if (!map->index)
        return SL_E_NOMEM;
    for (uint32_t i = 0; i < map->count; i++) {
        if (!list[i].is_dropped)
            map->index[n++] = list[i].item;
    }
    return SL_OK;
}

/* LIST is sorted by order: chain what is not dropped. */
static void relink(sl_yaml *map, const entry *list, uint32_t n)
{
    sl_yaml_item **link = &map->items;

    map->count = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (list[i].is_dropped)
            continue;
        *link = list[i].item;
        link = &list[i].item->next;
        map->count++;
    }
    *link = NULL;
}

sl_status sl_yaml_close_map(sl_yaml *map, sl_arena *arena, sl_diags *diags, uint32_t room)
{
    merger m = {.map = map, .arena = arena, .diags = diags, .room = room};
    SL_CLEANUP(sl_mem_freep) entry *list = NULL;
    uint32_t n = 0;
    sl_status rc = merge(&m);

    if (rc != SL_OK || !map->count)
        return rc;
    list = sl_mem_zalloc(arena->mem, map->count, sizeof(*list));
    if (!list)
        return sl_arena_set_short(arena);
    for (sl_yaml_item *i = map->items; i; i = i->next) {
        list[n].item = i;
        list[n].seq = n;
        n++;
    }
    qsort(list, n, sizeof(*list), by_key);
    drop_equal(list, n, diags);
    rc = make_index(map, list, arena);
    if (rc != SL_OK)
        return rc;
    qsort(list, n, sizeof(*list), by_seq);
    relink(map, list, n);
    return SL_OK;
}

const sl_yaml_item *sl_yaml_find(const sl_yaml *map, const char *key)
{
    uint32_t low = 0;
    uint32_t high = map && map->kind == SL_YAML_MAP ? map->count : 0;
    sl_yaml wanted = {.text = key, .text_len = (uint32_t)strlen(key)};

    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        int c = compare_keys(map->index[mid]->key, &wanted);

        if (c == 0)
            return map->index[mid];
        if (c < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

const sl_yaml *sl_yaml_get(const sl_yaml *map, const char *key)
{
    const sl_yaml_item *item = sl_yaml_find(map, key);

    return item ? item->value : NULL;
}
