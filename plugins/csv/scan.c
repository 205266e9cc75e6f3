/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/csv/scan.c - the cells of one record (RFC 4180).
 *
 * A cell that begins with a quote ends at the next quote that is not doubled (or escaped); what
 * follows must be a delimiter or the end of the line. Any other cell ends at the first delimiter or
 * line end, and a quote in it is a sign like any other. Runs of plain text are searched sixteen
 * bytes at a time where the processor can.
 */
#include "plugins/csv/decode.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* The first delimiter or LF in p[i..n), N when there is none. May read 15 bytes behind N. */
static inline uint64_t plain_end(const uint8_t *p, uint64_t i, uint64_t n, uint8_t delimiter)
{
#ifdef __SSE2__
    const __m128i want = _mm_set1_epi8((char)delimiter);
    const __m128i line = _mm_set1_epi8('\n');

    for (; i < n; i += 16) {
        __m128i v;
        uint32_t hit;

        memcpy(&v, p + i, sizeof v);
        hit = (uint32_t)_mm_movemask_epi8(
            _mm_or_si128(_mm_cmpeq_epi8(v, want), _mm_cmpeq_epi8(v, line)));
        if (hit) {
            i += (uint32_t)__builtin_ctz(hit);
            return i < n ? i : n;
        }
    }
    return n;
#else
    while (i < n && p[i] != delimiter && p[i] != '\n')
        i++;
    return i;
#endif
}

static int push(sl_csv_scanner *s, uint64_t at, uint64_t end, uint32_t flags)
{
    if (__builtin_expect(s->cells == s->cap, 0)) {
        uint32_t cap = s->cap ? s->cap * 2 : 64;
        void *cell = s->host->resize(s->node, s->cell, (uint64_t)cap * sizeof *s->cell);

        if (!cell)
            return 0;
        s->cell = cell;
        s->cap = cap;
    }
    s->cell[s->cells++] = (sl_csv_cell){(uint32_t)at, (uint32_t)(end - at), flags};
    return 1;
}

/* The closing quote of a cell whose content begins at I; UINT64_MAX when there is none before N. */
static uint64_t close_of(const sl_csv_scanner *s, const uint8_t *p, uint64_t i, uint64_t n,
                         uint32_t *flags)
{
    while (i < n) {
        const uint8_t *q = memchr(p + i, s->quote, n - i);
        const uint8_t *e = s->escape == s->quote ? NULL : memchr(p + i, s->escape, n - i);

        if (e && (!q || e < q)) {
            *flags |= SL_CSV_ESCAPED;
            i = (uint64_t)(e - p) + 2;
            continue;
        }
        if (!q)
            break;
        i = (uint64_t)(q - p);
        if (i + 1 == n || p[i + 1] != s->quote)
            return i;
        *flags |= SL_CSV_ESCAPED;
        i += 2;
    }
    return UINT64_MAX;
}

/* A cell in quotes at I. Gives SL_CSV_*, and in END the place behind its quote. */
static uint32_t quoted(sl_csv_scanner *s, const uint8_t *p, uint64_t i, uint64_t n, int is_last,
                       uint64_t *end)
{
    uint32_t flags = SL_CSV_QUOTED;
    uint64_t close = close_of(s, p, i + 1, n, &flags);

    s->column = i;
    if (close == UINT64_MAX)
        return is_last ? SL_CSV_OPEN : SL_CSV_MORE;
    if (!is_last && (close + 1 == n || (p[close + 1] == '\r' && close + 2 == n)))
        return SL_CSV_MORE;
    if (!push(s, i + 1, close, flags))
        return SL_CSV_NOMEM;
    *end = close + 1;
    if (*end < n && p[*end] == '\r' && (*end + 1 == n || p[*end + 1] == '\n'))
        ++*end;
    s->column = *end;
    if (*end < n && p[*end] != s->delimiter && p[*end] != '\n')
        return SL_CSV_BEHIND;
    return SL_CSV_DONE;
}

uint32_t sl_csv_scan(sl_csv_scanner *s, const uint8_t *p, uint64_t n, int is_last, uint64_t *used)
{
    uint64_t i = 0;

    s->cells = 0;
    for (;;) {
        uint64_t end;

        if (i < n && p[i] == s->quote && s->quote) {
            uint32_t got = quoted(s, p, i, n, is_last, &end);

            if (got != SL_CSV_DONE)
                return got;
        } else {
            uint64_t stop;

            end = plain_end(p, i, n, s->delimiter);
            if (end == n && !is_last)
                return SL_CSV_MORE;
            stop = end - (end > i && (end == n || p[end] == '\n') && p[end - 1] == '\r');
            if (!push(s, i, stop, 0))
                return SL_CSV_NOMEM;
        }
        if (end >= n || p[end] == '\n') {
            *used = end < n ? end + 1 : n;
            return SL_CSV_DONE;
        }
        i = end + 1;
        s->column = end;
        if (s->cells == SL_CSV_CELLS)
            return SL_CSV_MANY;
    }
}

uint64_t sl_csv_unescape(const sl_csv_scanner *s, const uint8_t *p, const sl_csv_cell *cell,
                         uint8_t *to)
{
    uint64_t len = 0;

    p += cell->at;
    for (uint64_t i = 0; i < cell->len; i++) {
        if (i + 1 < cell->len && (p[i] == s->escape || (p[i] == s->quote && p[i + 1] == s->quote)))
            i++;
        to[len++] = p[i];
    }
    return len;
}
