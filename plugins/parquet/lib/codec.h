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
    int32_t level;
    void *state; /* of the codec's library */
} sl_pq_packer;

typedef struct sl_pq_codec_info {
    const char *name;
    int32_t id; /* CompressionCodec of the format */
    /* [any] Make state; SL_PQ_E_NOMEM. NULL: none is needed. */
    int (*open)(sl_pq_packer *packer);
    /* [any] Free state. */
    void (*close)(sl_pq_packer *packer);
    /* [any] Append LEN bytes at PTR to OUT, compressed. NULL: as they are. */
    int (*pack)(sl_pq_packer *packer, const uint8_t *ptr, size_t len, sl_pq_buf *out);
} sl_pq_codec_info;

/* [any] Make ready for CODEC at LEVEL (0: its default). SL_PQ_E_USE: no such codec or level. */
int sl_pq_packer_open(sl_pq_packer *packer, sl_pq_codec codec, int32_t level);

/* [any] Free what open made. */
void sl_pq_packer_close(sl_pq_packer *packer);

/* [any] CRC-32 as in gzip of LEN bytes, continuing CRC (0 at first). */
uint32_t sl_pq_crc32(uint32_t crc, const uint8_t *ptr, size_t len);

#endif
