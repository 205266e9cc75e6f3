/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/parquet/lib/codec.h - the table of compression codecs, and the checksum of pages.
 */
#ifndef SL_PARQUET_CODEC_H
#define SL_PARQUET_CODEC_H

#include "plugins/parquet/lib/buf.h"

/* What a writer keeps for its codec, reused from page to page. */
typedef struct sl_pq_packer {
    const struct sl_pq_codec_info *info;
    int32_t level; /* that was asked for */
    int32_t now;   /* that the state is set to */
    void *state;   /* of the codec's library */
} sl_pq_packer;

/* Which level pays for a column: asked by a trial on one page, which holds for the pages that
 * follow. Zeroed at first. */
typedef struct sl_pq_effort {
    uint32_t is_light; /* the lightest level does as well */
    uint32_t left;     /* pages until the next trial */
} sl_pq_effort;

typedef struct sl_pq_codec_info {
    const char *name;
    int32_t id; /* CompressionCodec of the format */
    /* [any] Make state; SL_PQ_E_NOMEM. NULL: none is needed. */
    int (*open)(sl_pq_packer *packer);
    /* [any] Free state. */
    void (*close)(sl_pq_packer *packer);
    /* [any] Append LEN bytes at PTR to OUT, compressed. NULL: as they are. */
    int (*pack)(sl_pq_packer *packer, const uint8_t *ptr, size_t len, sl_pq_buf *out);
    /* [any] Use LEVEL from now on. NULL: one level does not cost more than another. */
    int (*tune)(sl_pq_packer *packer, int32_t level);
} sl_pq_codec_info;

/* [any] Make ready for CODEC at LEVEL (0: its default). SL_PQ_E_USE: no such codec or level. */
int sl_pq_packer_open(sl_pq_packer *packer, sl_pq_codec codec, int32_t level);

/* [any] Put LEN bytes at PTR, compressed, in OUT in place of what it held. The level is the one
 * that was asked for, or the lightest where the trial of EFFORT (inout) found that the other one
 * makes pages less than 1 % smaller; SPARE is scratch. */
int sl_pq_packer_pack(sl_pq_packer *packer, sl_pq_effort *effort, const uint8_t *ptr, size_t len,
                      sl_pq_buf *out, sl_pq_buf *spare);

/* [any] Free what open made. */
void sl_pq_packer_close(sl_pq_packer *packer);

/* [any] CRC-32 as in gzip of LEN bytes, continuing CRC (0 at first). */
uint32_t sl_pq_crc32(uint32_t crc, const uint8_t *ptr, size_t len);

#endif
