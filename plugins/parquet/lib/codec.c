/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/parquet/lib/codec.c - the table of compression codecs.
 *
 * Each codec compresses one page as a whole into the end of a buffer. zstd keeps its context, so
 * that a page costs no allocation. gzip sets up per page: it is there for readers that know
 * nothing else, not for speed.
 */
#define ZLIB_CONST /* next_in points at const */
#include <limits.h>
#include <lz4.h>
#include <snappy-c.h>
#include <zlib.h>
#include <zstd.h>

#include "plugins/parquet/lib/codec.h"

#define TRIAL_BYTES 4096u /* a smaller page says little */
#define TRIAL_PAGES 63u   /* that follow a trial */

static int zstd_open(sl_pq_packer *packer)
{
    ZSTD_CCtx *ctx = ZSTD_createCCtx();

    if (!ctx)
        return SL_PQ_E_NOMEM;
    if (ZSTD_isError(ZSTD_CCtx_setParameter(ctx, ZSTD_c_compressionLevel, packer->level)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(ctx, ZSTD_c_contentSizeFlag, 1))) {
        ZSTD_freeCCtx(ctx);
        return SL_PQ_E_USE;
    }
    packer->state = ctx;
    return SL_PQ_OK;
}

static int zstd_tune(sl_pq_packer *packer, int32_t level)
{
    size_t rc = ZSTD_CCtx_setParameter(packer->state, ZSTD_c_compressionLevel, level);

    return ZSTD_isError(rc) ? SL_PQ_E_USE : SL_PQ_OK;
}

static void zstd_close(sl_pq_packer *packer)
{
    ZSTD_freeCCtx(packer->state);
}

static int zstd_pack(sl_pq_packer *packer, const uint8_t *ptr, size_t len, sl_pq_buf *out)
{
    size_t bound = ZSTD_compressBound(len);
    size_t got;
    int rc = sl_pq_buf_room(out, bound);

    if (rc)
        return rc;
    got = ZSTD_compress2(packer->state, out->ptr + out->len, bound, ptr, len);
    if (ZSTD_isError(got))
        return SL_PQ_E_NOMEM;
    out->len += got;
    return SL_PQ_OK;
}

static int snappy_pack(sl_pq_packer *packer, const uint8_t *ptr, size_t len, sl_pq_buf *out)
{
    size_t got = snappy_max_compressed_length(len);
    const char *from = (const char *)ptr;
    int rc = sl_pq_buf_room(out, got);

    (void)packer;
    if (rc)
        return rc;
    if (snappy_compress(from, len, (char *)out->ptr + out->len, &got) != SNAPPY_OK)
        return SL_PQ_E_NOMEM;
    out->len += got;
    return SL_PQ_OK;
}

static int gzip_pack(sl_pq_packer *packer, const uint8_t *ptr, size_t len, sl_pq_buf *out)
{
    z_stream z;
    int rc, end;
    uLong bound;

    memset(&z, 0, sizeof(z));
    if (deflateInit2(&z, packer->level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return SL_PQ_E_NOMEM;
    bound = deflateBound(&z, (uLong)len);
    rc = sl_pq_buf_room(out, bound);
    if (rc) {
        (void)deflateEnd(&z); /* nothing was written */
        return rc;
    }
    z.next_in = ptr;
    z.avail_in = (uInt)len;
    z.next_out = out->ptr + out->len;
    z.avail_out = (uInt)bound;
    end = deflate(&z, Z_FINISH);
    out->len += z.total_out;
    (void)deflateEnd(&z); /* says only that the stream was whole, as END did */
    return end == Z_STREAM_END ? SL_PQ_OK : SL_PQ_E_NOMEM;
}

static int lz4_pack(sl_pq_packer *packer, const uint8_t *ptr, size_t len, sl_pq_buf *out)
{
    int bound, got, rc;

    (void)packer;
    if (len > LZ4_MAX_INPUT_SIZE)
        return SL_PQ_E_LIMIT;
    bound = LZ4_compressBound((int)len);
    rc = sl_pq_buf_room(out, (size_t)bound);
    if (rc)
        return rc;
    got = LZ4_compress_default((const char *)ptr, (char *)out->ptr + out->len, (int)len, bound);
    if (got <= 0)
        return SL_PQ_E_NOMEM;
    out->len += (size_t)got;
    return SL_PQ_OK;
}

static const sl_pq_codec_info CODECS[SL_PQ_CODECS] = {
    [SL_PQ_NONE] = {"none", 0, NULL, NULL, NULL, NULL},
    [SL_PQ_SNAPPY] = {"snappy", 1, NULL, NULL, snappy_pack, NULL},
    [SL_PQ_GZIP] = {"gzip", 2, NULL, NULL, gzip_pack, NULL},
    [SL_PQ_LZ4_RAW] = {"lz4_raw", 7, NULL, NULL, lz4_pack, NULL},
    [SL_PQ_ZSTD] = {"zstd", 6, zstd_open, zstd_close, zstd_pack, zstd_tune},
};

int sl_pq_packer_open(sl_pq_packer *packer, sl_pq_codec codec, int32_t level)
{
    const sl_pq_codec_info *info;

    if ((uint32_t)codec >= SL_PQ_CODECS)
        return SL_PQ_E_USE;
    info = &CODECS[codec];
    packer->info = info;
    packer->state = NULL;
    packer->level = level;
    packer->now = 0;
    if (codec == SL_PQ_ZSTD && level == 0)
        packer->level = 1;
    if (codec == SL_PQ_GZIP && level == 0)
        packer->level = 6;
    if (level < 0 || (codec == SL_PQ_ZSTD && level > 19) || (codec == SL_PQ_GZIP && level > 9))
        return SL_PQ_E_USE;
    return info->open ? info->open(packer) : SL_PQ_OK;
}

static int pack_at(sl_pq_packer *packer, int32_t level, const uint8_t *ptr, size_t len,
                   sl_pq_buf *out)
{
    int rc = SL_PQ_OK;

    if (packer->info->tune && packer->now != level)
        rc = packer->info->tune(packer, level);
    packer->now = level;
    out->len = 0;
    return rc ? rc : packer->info->pack(packer, ptr, len, out);
}

int sl_pq_packer_pack(sl_pq_packer *packer, sl_pq_effort *effort, const uint8_t *ptr, size_t len,
                      sl_pq_buf *out, sl_pq_buf *spare)
{
    int rc;

    if (!packer->info->tune || packer->level <= 1 || len < TRIAL_BYTES)
        return pack_at(packer, packer->level, ptr, len, out);
    if (effort->left) {
        effort->left--;
        return pack_at(packer, effort->is_light ? 1 : packer->level, ptr, len, out);
    }
    rc = pack_at(packer, packer->level, ptr, len, out);
    if (!rc)
        rc = pack_at(packer, 1, ptr, len, spare);
    if (rc)
        return rc;
    effort->is_light = spare->len - spare->len / 100 <= out->len;
    effort->left = TRIAL_PAGES;
    return SL_PQ_OK;
}

void sl_pq_packer_close(sl_pq_packer *packer)
{
    if (packer->info && packer->info->close && packer->state)
        packer->info->close(packer);
    packer->state = NULL;
}
