/* SPDX-License-Identifier: Apache-2.0
 *
 * sdk/lib/pathset.c - the slots of an edge, shared by all lanes.
 *
 * Slots and the hash table over them have their full size from the start, so nothing ever moves:
 * writers append under a lock and publish with a store-release, readers need no lock. A set that
 * failed to add a slot for lack of memory is full from then on; otherwise one lane could know a
 * path without a slot that another lane gives one to later, and its batches would tell lies.
 */
#include "sdk/lib/pathset_priv.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* One path; its keys' bytes follow in the same block. */
typedef struct entry {
    uint64_t hash;
    uint32_t n;
    sl_bytes keys[];
} entry;

struct sl_pathset {
    sl_mem *mem;
    uint64_t seed;
    uint32_t max;
    uint32_t mask; /* places in the table - 1 */
    _Atomic uint64_t refs;
    _Atomic uint64_t blind;
    _Atomic uint32_t count;
    _Atomic uint32_t is_open;
    uint32_t is_sealed; /* under the lock: takes no more */
    pthread_mutex_t lock;
    _Atomic uint32_t *table; /* slot + 1; 0: free */
    entry *entries[];
};

uint64_t sl_hash_seed(const void *object)
{
    const void *places[2] = {object, (const void *)&object};

    return XXH3_64bits(places, sizeof places);
}

static uint64_t hash_keys(const sl_pathset *set, const sl_bytes *keys, uint32_t n)
{
    uint64_t hash = set->seed;

    for (uint32_t i = 0; i < n; i++)
        hash = XXH3_64bits_withSeed(keys[i].ptr, keys[i].len, hash + keys[i].len);
    return hash;
}

sl_pathset *sl_pathset_new(sl_mem *mem, uint32_t max)
{
    uint32_t places = 16;
    sl_pathset *set;

    if (max > SL_BATCH_SLOTS_MAX)
        max = SL_BATCH_SLOTS_MAX;
    while (places < 2 * max)
        places *= 2;
    set = sl_mem_zalloc(mem, 1, sizeof *set + max * sizeof(entry *));
    if (!set)
        return NULL;
    set->table = sl_mem_zalloc(mem, places, sizeof *set->table);
    if (!set->table || pthread_mutex_init(&set->lock, NULL)) {
        sl_mem_free(set->table);
        sl_mem_free(set);
        return NULL;
    }
    set->mem = mem;
    set->seed = sl_hash_seed(set);
    set->max = max;
    set->mask = places - 1;
    atomic_init(&set->refs, 1);
    return set;
}

sl_pathset *sl_pathset_ref(sl_pathset *set)
{
    (void)atomic_fetch_add_explicit(&set->refs, 1, memory_order_relaxed);
    return set;
}

void sl_pathset_unref(sl_pathset *set)
{
    if (!set || atomic_fetch_sub_explicit(&set->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (uint32_t i = 0; i < atomic_load(&set->count); i++)
        sl_mem_free(set->entries[i]);
    (void)pthread_mutex_destroy(&set->lock);
    sl_mem_free(set->table);
    sl_mem_free(set);
}

static int same_keys(const entry *e, const sl_bytes *keys, uint32_t n)
{
    if (e->n != n)
        return 0;
    for (uint32_t i = 0; i < n; i++) {
        if (e->keys[i].len != keys[i].len ||
            (keys[i].len && memcmp(e->keys[i].ptr, keys[i].ptr, keys[i].len) != 0))
            return 0;
    }
    return 1;
}

/* The place in the table of the path, or the free one where it belongs. */
static uint32_t probe(const sl_pathset *set, uint64_t hash, const sl_bytes *keys, uint32_t n)
{
    uint32_t at = (uint32_t)hash & set->mask;

    for (;; at = (at + 1) & set->mask) {
        uint32_t held = atomic_load_explicit(&set->table[at], memory_order_acquire);
        if (!held)
            return at;
        if (set->entries[held - 1]->hash == hash && same_keys(set->entries[held - 1], keys, n))
            return at;
    }
}

uint32_t sl_pathset_find(const sl_pathset *set, const sl_bytes *keys, uint32_t n)
{
    uint32_t at = probe(set, hash_keys(set, keys, n), keys, n);

    return atomic_load_explicit(&set->table[at], memory_order_acquire) - 1;
}

static entry *make_entry(sl_mem *mem, uint64_t hash, const sl_bytes *keys, uint32_t n)
{
    uint64_t bytes = sizeof(entry) + n * sizeof(sl_bytes);
    uint8_t *text;
    entry *e;

    for (uint32_t i = 0; i < n; i++) {
        if (keys[i].len > 65535)
            return NULL;
        bytes += keys[i].len;
    }
    e = sl_mem_alloc(mem, bytes);
    if (!e)
        return NULL;
    e->hash = hash;
    e->n = n;
    text = (uint8_t *)&e->keys[n];
    for (uint32_t i = 0; i < n; i++) {
        if (keys[i].len)
            memcpy(text, keys[i].ptr, keys[i].len);
        e->keys[i].ptr = text;
        e->keys[i].len = keys[i].len;
        text += keys[i].len;
    }
    return e;
}

/* Append the path, whose place in the table is AT. Under the lock. */
static uint32_t append(sl_pathset *set, uint32_t at, uint64_t hash, const sl_bytes *keys,
                       uint32_t n)
{
    uint32_t slot = atomic_load_explicit(&set->count, memory_order_relaxed);
    entry *e;

    if (set->is_sealed || slot == set->max)
        return SL_NO_SLOT;
    e = make_entry(set->mem, hash, keys, n);
    if (!e) {
        set->is_sealed = 1;
        return SL_NO_SLOT;
    }
    set->entries[slot] = e;
    atomic_store_explicit(&set->count, slot + 1, memory_order_release);
    atomic_store_explicit(&set->table[at], slot + 1, memory_order_release);
    return slot;
}

uint32_t sl_pathset_add(sl_pathset *set, const sl_bytes *keys, uint32_t n)
{
    uint64_t hash = hash_keys(set, keys, n);
    uint32_t slot;
    uint32_t at;

    if (!n || n > SL_PATH_MAX_DEPTH)
        return SL_NO_SLOT;
    (void)pthread_mutex_lock(&set->lock);
    at = probe(set, hash, keys, n);
    slot = atomic_load_explicit(&set->table[at], memory_order_relaxed) - 1;
    if (slot == SL_NO_SLOT)
        slot = append(set, at, hash, keys, n);
    (void)pthread_mutex_unlock(&set->lock);
    return slot;
}

void sl_pathset_open(sl_pathset *set)
{
    atomic_store_explicit(&set->is_open, 1, memory_order_release);
}

int32_t sl_pathset_is_open(const sl_pathset *set)
{
    return atomic_load_explicit(&set->is_open, memory_order_acquire) != 0;
}

uint32_t sl_pathset_count(const sl_pathset *set)
{
    return atomic_load_explicit(&set->count, memory_order_acquire);
}

uint32_t sl_pathset_keys(const sl_pathset *set, uint32_t slot, sl_bytes *keys, uint32_t cap)
{
    const entry *e;

    if (slot >= sl_pathset_count(set))
        return 0;
    e = set->entries[slot];
    for (uint32_t i = 0; i < e->n && i < cap; i++)
        keys[i] = e->keys[i];
    return e->n;
}

uint32_t sl_pathset_max(const sl_pathset *set)
{
    return set->max;
}

uint64_t sl_pathset_blind(const sl_pathset *set)
{
    return atomic_load_explicit(&set->blind, memory_order_acquire);
}

void sl_pathset_add_blind(sl_pathset *set)
{
    (void)atomic_fetch_add_explicit(&set->blind, 1, memory_order_acq_rel);
}

uint32_t sl_pathset_stride(const sl_pathset *set, uint32_t *nslot)
{
    uint32_t count = sl_pathset_count(set);
    uint32_t room = count;

    *nslot = count;
    if (sl_pathset_is_open(set)) {
        room += count / 2 > 16 ? count / 2 : 16;
        room = room < set->max ? room : set->max;
    }
    return (room + 7) & ~7u;
}
