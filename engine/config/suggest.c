/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/config/suggest.c - which word was most likely meant.
 *
 * Edit distance with transposition of neighbours (optimal string alignment) over three rows of
 * fixed size; longer words get no suggestion. Letters' case counts as a difference, but a word that
 * differs in case only is always suggested.
 */
#include "engine/config/diag.h"

#include <string.h>
#include <strings.h>

#define SUGGEST_MAX 63u

static uint32_t least(uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t m = a < b ? a : b;

    return m < c ? m : c;
}

static uint32_t distance(const char *a, size_t na, const char *b, size_t nb)
{
    uint32_t rows[3][SUGGEST_MAX + 1];
    uint32_t *before = rows[0];
    uint32_t *last = rows[1];
    uint32_t *row = rows[2];

    memset(before, 0, sizeof(rows[0]));
    for (size_t j = 0; j <= nb; j++)
        last[j] = (uint32_t)j;
    for (size_t i = 1; i <= na; i++) {
        uint32_t *spare = before;

        row[0] = (uint32_t)i;
        for (size_t j = 1; j <= nb; j++) {
            uint32_t cost = a[i - 1] == b[j - 1] ? 0 : 1;

            row[j] = least(last[j] + 1, row[j - 1] + 1, last[j - 1] + cost);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                before[j - 2] + 1 < row[j])
                row[j] = before[j - 2] + 1;
        }
        before = last;
        last = row;
        row = spare;
    }
    return last[nb];
}

const char *sl_suggest(const char *word, const char *const *candidates, uint32_t n)
{
    const char *best = NULL;
    uint32_t best_distance = 3;
    size_t len = strlen(word);

    if (len == 0 || len > SUGGEST_MAX)
        return NULL;
    for (uint32_t i = 0; i < n; i++) {
        size_t other = strlen(candidates[i]);
        size_t longer = other > len ? other : len;
        uint32_t d;

        if (other > SUGGEST_MAX || longer > len + 2 || longer > other + 2 ||
            strcmp(word, candidates[i]) == 0)
            continue;
        if (strcasecmp(word, candidates[i]) == 0)
            return candidates[i];
        d = distance(word, len, candidates[i], other);
        if (d < best_distance && d * 3 <= longer) {
            best = candidates[i];
            best_distance = d;
        }
    }
    return best;
}
