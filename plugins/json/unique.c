/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/json/unique.c - the check of "duplicate_keys: error".
 *
 * Each map is checked when it closes, by sorting the places of its keys: n log n whatever the keys
 * are, so that nobody can choose keys that make it slow. The scratch belongs to the walk.
 */
#include "plugins/json/walk.h"

#include <stdlib.h>

/* Order of two encoded keys: by length, then by bytes. */
static int compare(const void *a, const void *b)
{
    sl_val x;
    sl_val y;

    (void)sl_val_read(*(const uint8_t *const *)a, &x);
    (void)sl_val_read(*(const uint8_t *const *)b, &y);
    if (x.n != y.n)
        return x.n < y.n ? -1 : 1;
    return memcmp(x.ptr, y.ptr, x.n);
}

int sl_json_keys_unique(sl_json_walk *w, uint32_t head, uint32_t count, const uint8_t *text)
{
    const uint8_t *p = w->body + head + 3;

    if (count > w->keys_cap) {
        uint64_t cap = (uint64_t)count + count / 2 + 16;
        const uint8_t **bigger = w->host->resize(w->node, w->keys, cap * sizeof *w->keys);

        if (!bigger) {
            (void)sl_json_fail(w, SL_JSON_NOMEM, text);
            return 0;
        }
        w->keys = bigger;
        w->keys_cap = cap;
    }
    for (uint32_t i = 0; i < count; i++) {
        w->keys[i] = p;
        p = sl_val_skip(sl_val_skip(p));
    }
    if (count > 1)
        qsort(w->keys, count, sizeof *w->keys, compare);
    for (uint32_t i = 1; i < count; i++) {
        if (!compare(&w->keys[i - 1], &w->keys[i])) {
            (void)sl_json_fail(w, SL_JSON_DUPLICATE, text);
            return 0;
        }
    }
    return 1;
}
