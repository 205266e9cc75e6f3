/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/lib/rows.h - rows without an engine: the sl_rows slots that the library implements.
 *
 * For tests that build batches straight from a pool. Slots that need a node are NULL.
 */
#ifndef SL_TESTS_ROWS_H
#define SL_TESTS_ROWS_H
#include <sluice/sdk.h>

#include "sdk/lib/batch.h"

static const sl_rows lib_rows = {
    .size = sizeof(sl_rows),
    .ref = sl_batch_ref,
    .unref = sl_batch_unref,
    .select = sl_batch_select,
    .grow = sl_builder_grow,
    .copy = sl_builder_copy,
    .origin = sl_builder_origin,
    .finish = sl_builder_finish,
    .discard = sl_builder_discard,
};

/* Make OUT the key TEXT, at most 31 bytes, with SLOT; ROOM holds its encoded form. [any] */
static inline void make_key(sl_key *out, uint8_t room[32], const char *text, uint32_t slot)
{
    size_t n = strlen(text);

    room[0] = (uint8_t)(0xa0 | n);
    memcpy(room + 1, text, n);
    out->text.ptr = room;
    out->text.len = n + 1;
    out->slot = slot;
    out->port = 0;
}

/* A borrowed view of TEXT. [any] */
static inline sl_bytes bytes_of(const char *text)
{
    sl_bytes b = {(const uint8_t *)text, strlen(text)};

    return b;
}

#endif
