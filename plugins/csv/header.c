/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/csv/header.c - the headers that a csv decoder has met.
 *
 * A header is made once for each different first line and kept until the end; a split remembers
 * its number. They are few, as long as the input is sane; a list will do. The snapshot holds the
 * lines themselves, so that numbers mean the same after a restart.
 */
#include "plugins/csv/decode.h"

#include <stdio.h>

#define NAME_MAX_BYTES 65535u

/* Text for a header: name of cell I in TO, which has room. Gives its length. */
static uint64_t name_of(const sl_instance *self, const uint8_t *p, uint32_t i, uint8_t *to)
{
    const sl_csv_cell *cell = &self->scanner.cell[i];
    uint64_t n;

    if (!p || !cell->len)
        return (uint64_t)snprintf((char *)to, 32, "column%u", i + 1);
    if (self->is_latin1) {
        /* Escapes are ASCII, so they may be taken out before or after. */
        uint8_t *raw = to + cell->len;

        n = sl_csv_unescape(&self->scanner, p, cell, raw);
        return (uint64_t)(sl_feed_recode(to, raw, n) - to);
    }
    if (cell->flags & SL_CSV_ESCAPED)
        return sl_csv_unescape(&self->scanner, p, cell, to);
    memcpy(to, p + cell->at, cell->len);
    return cell->len;
}

/* The names taken so far, as places of columns plus one; open addressing, half empty at most. */
typedef struct names {
    uint32_t *slot;
    uint32_t mask;
    uint64_t seed;
} names;

static uint32_t *slot_of(const names *t, const sl_csv_header *h, const uint8_t *name, uint64_t len)
{
    uint64_t hash = t->seed;
    uint32_t i;

    for (uint64_t k = 0; k < len; k++) {
        hash = (hash ^ name[k]) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 29;
    }
    i = (uint32_t)hash & t->mask;
    while (t->slot[i]) {
        const sl_csv_column *column = &h->column[t->slot[i] - 1];

        if (column->name_len == len && !memcmp(column->name, name, len))
            break;
        i = (i + 1) & t->mask;
    }
    return &t->slot[i];
}

/* Make the name of column I, LEN bytes at NAME, different from those before: a second "id" becomes
 * "id_2". Gives its length. NAME has room for 12 bytes more. */
static uint64_t make_unique(const names *t, sl_csv_header *h, uint32_t i, uint8_t *name,
                            uint64_t len)
{
    uint32_t *slot = slot_of(t, h, name, len);
    uint64_t whole = len;

    if (*slot) {
        sl_csv_column *first = &h->column[*slot - 1];

        while (*slot) {
            whole = len + (uint64_t)snprintf((char *)name + len, 12, "_%u", ++first->repeats + 1);
            slot = slot_of(t, h, name, whole);
        }
    }
    *slot = i + 1;
    return whole;
}

static const sl_cast *cast_of(const sl_instance *self, const sl_csv_column *column)
{
    for (uint32_t i = 0; i < self->casts; i++) {
        if (self->typed[i].len == column->name_len &&
            !memcmp(self->typed[i].ptr, column->name, column->name_len))
            return self->cast[i].is_string ? NULL : &self->cast[i];
    }
    return NULL;
}

/* Room for the names of all columns, as text and as keys: what name_of and make_unique need. */
static uint64_t names_room(const sl_instance *self, const uint8_t *p, uint32_t n)
{
    uint64_t room = 0;

    for (uint32_t i = 0; i < n; i++) {
        if (self->givens)
            room += 2 * self->given[i].len + 96 + 64;
        else
            room += 2 * (3 * (uint64_t)(p ? self->scanner.cell[i].len : 0) + 32) + 96 + 64;
    }
    return room;
}

static void fill(sl_instance *self, sl_csv_header *h, const names *t, const uint8_t *p)
{
    uint8_t *to = h->keys;

    for (uint32_t i = 0; i < h->columns; i++) {
        sl_csv_column *column = &h->column[i];
        uint8_t *key;
        uint64_t len;

        if (self->givens) {
            len = self->given[i].len;
            memcpy(to, self->given[i].ptr, len);
        } else {
            len = name_of(self, p, i, to);
        }
        if (len > NAME_MAX_BYTES - 12)
            len = NAME_MAX_BYTES - 12;
        len = make_unique(t, h, i, to, len);
        column->name = (char *)to;
        column->name_len = len;
        to[len] = 0;
        to += len + 1;
        key = sl_enc_str_head(to, len);
        memcpy(key, column->name, len);
        column->key = to;
        column->key_len = (uint32_t)(key + len - to);
        to = key + len + 64;
        column->cast = cast_of(self, column);
        h->key_bytes += column->key_len;
    }
}

static void free_one(const sl_instance *self, sl_csv_header *h)
{
    self->host->release(h->raw);
    self->host->release(h->column);
    self->host->release(h->keys);
    self->host->release(h);
}

/* A header of N columns; P NULL: not of a line. */
static sl_csv_header *make(sl_instance *self, const uint8_t *p, uint64_t len, uint32_t n)
{
    sl_csv_header *h = self->host->alloc(self->node, sizeof *h);
    uint64_t bytes = (uint64_t)n * sizeof *h->column;
    names t = {.mask = 1};

    if (!h)
        return NULL;
    memset(h, 0, sizeof *h);
    while (t.mask <= n * 2)
        t.mask = t.mask * 2 + 1;
    t.slot = self->host->alloc(self->node, (t.mask + 1) * sizeof *t.slot);
    h->raw = self->host->alloc(self->node, len + 1);
    h->column = self->host->alloc(self->node, bytes + 1);
    h->keys = self->host->alloc(self->node, names_room(self, p, n) + 1);
    if (!t.slot || !h->raw || !h->column || !h->keys) {
        self->host->release(t.slot);
        free_one(self, h);
        return NULL;
    }
    memset(t.slot, 0, (t.mask + 1) * sizeof *t.slot);
    self->host->random(self->node, &t.seed, sizeof t.seed);
    if (len)
        memcpy(h->raw, p, len);
    memset(h->column, 0, bytes);
    h->raw_len = len;
    h->columns = n;
    h->is_made = !len && !self->givens;
    fill(self, h, &t, len ? p : NULL);
    self->host->release(t.slot);
    h->number = self->headers ? self->headers->number + 1 : 1;
    h->next = self->headers;
    self->headers = h;
    return h;
}

sl_csv_header *sl_csv_header_of(sl_instance *self, const uint8_t *p, uint64_t len)
{
    for (sl_csv_header *h = self->headers; h; h = h->next) {
        if (h->raw_len == len && !memcmp(h->raw, p, len))
            return h;
    }
    return make(self, p, len, self->scanner.cells);
}

sl_csv_header *sl_csv_header_made(sl_instance *self, uint32_t n)
{
    for (sl_csv_header *h = self->headers; h; h = h->next) {
        if (!h->raw_len && h->columns == n)
            return h;
    }
    return make(self, NULL, 0, n);
}

sl_csv_header *sl_csv_header_at(const sl_instance *self, uint32_t number)
{
    sl_csv_header *h = self->headers;

    while (h && h->number != number)
        h = h->next;
    return h;
}

void sl_csv_header_bind(sl_instance *self, sl_csv_header *h)
{
    sl_pnode *root = self->paths->root(self->tree);
    sl_pnode *prev = NULL;

    for (uint32_t i = 0; i < h->columns; i++) {
        h->column[i].node = self->paths->child(
            self->tree, root, prev, (const uint8_t *)h->column[i].name, h->column[i].name_len);
        if (h->column[i].node)
            prev = h->column[i].node;
    }
    h->is_bound = 1;
}

void sl_csv_header_free(sl_instance *self)
{
    while (self->headers) {
        sl_csv_header *next = self->headers->next;

        free_one(self, self->headers);
        self->headers = next;
    }
}

/* ---- the snapshot: u32 number of headers; for each, oldest first, u32 columns, u64 length, the
 * line ---- */

uint64_t sl_csv_header_save(const sl_instance *self, uint8_t *to)
{
    uint32_t n = self->headers ? self->headers->number : 0;
    uint64_t at = 4;

    if (to)
        sl_set32(to, n);
    for (uint32_t i = 1; i <= n; i++) {
        const sl_csv_header *h = sl_csv_header_at(self, i);

        if (to) {
            sl_set32(to + at, h->columns);
            sl_set64(to + at + 4, h->raw_len);
            memcpy(to + at + 12, h->raw, h->raw_len);
        }
        at += 12 + h->raw_len;
    }
    return at;
}

/* The header of the line FROM (LEN bytes). */
static sl_status load_line(sl_instance *self, const uint8_t *from, uint64_t len)
{
    /* Scanning reads behind the text. */
    uint8_t *copy = self->host->alloc(self->node, len + 64);
    sl_status rc = SL_E_DATA;
    uint64_t used;
    uint32_t got;

    if (!copy)
        return SL_E_NOMEM;
    memset(copy + len, 0, 64);
    memcpy(copy, from, len);
    got = sl_csv_scan(&self->scanner, copy, len, 1, &used);
    if (got == SL_CSV_NOMEM)
        rc = SL_E_NOMEM;
    else if (got == SL_CSV_DONE && used == len)
        rc = make(self, copy, len, self->scanner.cells) ? SL_OK : SL_E_NOMEM;
    self->host->release(copy);
    return rc;
}

sl_status sl_csv_header_load(sl_instance *self, const uint8_t *from, uint64_t len, uint64_t *used)
{
    uint64_t at = 4;
    uint32_t left;

    if (len < 4)
        return SL_E_DATA;
    for (left = sl_get32(from); left; left--) {
        sl_status rc;
        uint32_t n;
        uint64_t raw;

        if (len - at < 12)
            return SL_E_DATA;
        n = sl_get32(from + at);
        raw = sl_get64(from + at + 4);
        at += 12;
        if (raw > len - at || n > SL_CSV_CELLS || (!raw && self->givens && n != self->givens))
            return SL_E_DATA;
        if (raw)
            rc = load_line(self, from + at, raw);
        else
            rc = make(self, NULL, 0, n) ? SL_OK : SL_E_NOMEM;
        if (rc != SL_OK)
            return rc;
        at += raw;
    }
    *used = at;
    return SL_OK;
}
