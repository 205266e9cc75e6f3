/* SPDX-License-Identifier: Apache-2.0
 *
 * sdk/lib/builder_priv.h - the private part of a builder, for the files that fill and end it.
 */
#ifndef SL_LIB_BUILDER_PRIV_H
#define SL_LIB_BUILDER_PRIV_H
#include "sdk/lib/pool_priv.h"

#define SL_BODY_MAX       (UINT64_C(1) << 30) /* places in a body are u32 */
#define SL_TIME_AS_LENT   INT64_MIN           /* in time_us: what LIKE's row has */
#define SL_WITHIN_AS_LENT UINT32_MAX          /* in within */
#define SL_OP_AS_LENT     0xffu               /* in op */

typedef struct sl_builder_priv {
    sl_builder pub;
    sl_pool *pool;   /* held */
    sl_pathset *set; /* held; NULL: none */
    sl_batch *like;  /* held; NULL: none */
    sl_block head;
    sl_block body;
    sl_layout layout;
    uint64_t blind; /* sl_pathset_blind when the builder was made */
    uint8_t *meta;  /* owned: what origin copied; NULL: not called */
    sl_bytes first; /* in meta */
    sl_bytes last;
    const sl_bytes *each; /* in meta; NULL: none */
    uint32_t neach;
    uint32_t split;
} sl_builder_priv;

/* [inst] The private part of B, which the library made. */
static inline sl_builder_priv *sl_builder_priv_of(sl_builder *b)
{
    return (sl_builder_priv *)(void *)b;
}

/* [inst] Make room for N more rows. SL_E_DATA above 65535, SL_E_NOMEM. */
sl_status sl_builder_need_rows(sl_builder_priv *p, uint32_t n);
/* [inst] Make room for N more bytes. SL_E_DATA above 1 GiB, SL_E_NOMEM. */
sl_status sl_builder_need_bytes(sl_builder_priv *p, uint64_t n);
/* [inst] The batch will have no slots: readers walk. */
void sl_builder_drop_slots(sl_builder_priv *p);

#endif
