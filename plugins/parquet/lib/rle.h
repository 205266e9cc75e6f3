/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/parquet/lib/rle.h - the hybrid of run lengths and bit packing.
 *
 * Used for levels and for dictionary numbers. Values are cut in groups of eight; equal values that
 * pay for a run of their own become one, the rest is packed.
 */
#ifndef SL_PARQUET_RLE_H
#define SL_PARQUET_RLE_H

#include "plugins/parquet/lib/buf.h"

/* [any] Append N values V of WIDTH bits (1..32) to OUT. */
int sl_pq_rle_put(sl_pq_buf *out, const uint32_t *v, uint32_t n, uint32_t width);

/* [any] Append N levels of WIDTH bits (1..8) to OUT, with their 4-byte length in front. What
 * SCRATCH holds is lost. */
int sl_pq_rle_levels(sl_pq_buf *out, const uint8_t *levels, uint32_t n, uint32_t width,
                     sl_pq_buf *scratch);

#endif
