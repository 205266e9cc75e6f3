/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/parquet/lib/rle.c - the hybrid of run lengths and bit packing.
 *
 * A run is (length << 1, value in whole bytes), a packed stretch is (groups << 1 | 1, then WIDTH
 * bytes per group of eight). Packing goes through wide accumulators without a branch per value:
 * up to 16 bits, eight values fill at most a 128-bit number, which is stored whole; the surplus
 * is overwritten by the next group, so the output has 16 spare bytes.
 */
#include "plugins/parquet/lib/rle.h"

#define SPARE 40u

typedef unsigned __int128 u128;

static uint8_t *put_varint(uint8_t *p, uint32_t v)
{
    while (v >= 0x80) {
        *p++ = (uint8_t)(v | 0x80);
        v >>= 7;
    }
    *p++ = (uint8_t)v;
    return p;
}

static uint64_t pack4(const uint32_t *v, uint32_t w)
{
    return (uint64_t)v[0] | (uint64_t)v[1] << w | (uint64_t)v[2] << 2 * w | (uint64_t)v[3] << 3 * w;
}

/* Groups of eight values of at most 8 bits. */
static uint8_t *pack_narrow(uint8_t *p, const uint32_t *v, uint32_t groups, uint32_t w)
{
    uint32_t g;

    for (g = 0; g < groups; g++, v += 8, p += w)
        sl_pq_store64(p, pack4(v, w) | pack4(v + 4, w) << 4 * w);
    return p;
}

/* Groups of eight values of 9 to 16 bits. */
static uint8_t *pack_middle(uint8_t *p, const uint32_t *v, uint32_t groups, uint32_t w)
{
    uint32_t g;

    for (g = 0; g < groups; g++, v += 8, p += w) {
        u128 x = (u128)pack4(v, w) | (u128)pack4(v + 4, w) << 4 * w;

        memcpy(p, &x, sizeof(x));
    }
    return p;
}

/* Groups of eight values of 17 to 32 bits. */
static uint8_t *pack_wide(uint8_t *p, const uint32_t *v, uint32_t groups, uint32_t w)
{
    uint32_t g, i, bits;

    for (g = 0; g < groups; g++) {
        u128 acc = 0;

        for (i = 0, bits = 0; i < 8; i++) {
            acc |= (u128)*v++ << bits;
            bits += w;
            if (bits >= 64) {
                sl_pq_store64(p, (uint64_t)acc);
                p += 8;
                acc >>= 64;
                bits -= 64;
            }
        }
        sl_pq_store64(p, (uint64_t)acc);
        p += bits / 8;
    }
    return p;
}

/* Eight-value groups of one-bit levels: the low bit of each byte, gathered by one multiply. */
static uint8_t *pack_levels1(uint8_t *p, const uint8_t *v, uint32_t groups)
{
    uint32_t g;

    for (g = 0; g < groups; g++)
        *p++ = (uint8_t)((sl_pq_load64(v + 8 * (size_t)g) * 0x0102040810204080ULL) >> 56);
    return p;
}

static uint8_t *pack(uint8_t *p, const uint32_t *v, uint32_t groups, uint32_t w)
{
    if (w <= 8)
        return pack_narrow(p, v, groups, w);
    if (w <= 16)
        return pack_middle(p, v, groups, w);
    return pack_wide(p, v, groups, w);
}

/* A run must save what its header costs and the header of the packed stretch that it cuts. */
static uint32_t least_run(uint32_t width)
{
    uint32_t least = 64 / width;

    return least < 8 ? 8 : least;
}

/* Length of the run of equal values at V, at most N. */
static uint32_t run_length(const uint32_t *v, uint32_t n)
{
    uint32_t i = 1;

    while (i < n && v[i] == v[0])
        i++;
    return i;
}

static int all_equal8(const uint32_t *v)
{
    uint32_t d = 0, i;

    for (i = 1; i < 8; i++)
        d |= v[i] ^ v[0];
    return d == 0;
}

static uint8_t *put_run(uint8_t *p, uint32_t value, uint32_t n, uint32_t width)
{
    p = put_varint(p, n << 1);
    sl_pq_store32(p, value);
    return p + (width + 7) / 8;
}

/* The values V[0..n), n any number: the last group is filled up with zeros. */
static uint8_t *put_packed(uint8_t *p, const uint32_t *v, uint32_t n, uint32_t width)
{
    uint32_t whole = n / 8, rest = n % 8;
    uint32_t tail[8] = {0};

    p = put_varint(p, (whole + (rest != 0)) << 1 | 1);
    p = pack(p, v, whole, width);
    if (rest) {
        memcpy(tail, v + 8 * (size_t)whole, rest * sizeof(tail[0]));
        p = pack(p, tail, 1, width);
    }
    return p;
}

int sl_pq_rle_put(sl_pq_buf *out, const uint32_t *v, uint32_t n, uint32_t width)
{
    const uint32_t least = least_run(width);
    /* every run replaces at least 8 values, so headers take at most 10 bytes per 8 values */
    const size_t bound = ((size_t)n + 7) / 8 * (width + 10) + SPARE;
    uint32_t i = 0, from = 0;
    uint8_t *p;
    int rc = sl_pq_buf_room(out, bound);

    if (rc)
        return rc;
    p = out->ptr + out->len;
    while (i + 8 <= n) {
        uint32_t run;

        if (!all_equal8(v + i)) {
            i += 8;
            continue;
        }
        run = run_length(v + i, n - i);
        if (run < least && i + run < n) {
            i += run / 8 * 8;
            continue;
        }
        if (i > from)
            p = put_packed(p, v + from, i - from, width);
        p = put_run(p, v[i], run, width);
        i += run;
        from = i;
    }
    if (n > from)
        p = put_packed(p, v + from, n - from, width);
    out->len = (size_t)(p - out->ptr);
    return SL_PQ_OK;
}

static int all_levels_equal(const uint8_t *levels, uint32_t n)
{
    return n < 2 || memcmp(levels, levels + 1, n - 1) == 0;
}

/* Levels of one bit as packed stretch; runs inside are left to the codec. */
static uint8_t *put_levels1(uint8_t *p, const uint8_t *levels, uint32_t n)
{
    uint32_t whole = n / 8, rest = n % 8;
    uint8_t tail[8] = {0};

    p = put_varint(p, (whole + (rest != 0)) << 1 | 1);
    p = pack_levels1(p, levels, whole);
    if (rest) {
        memcpy(tail, levels + 8 * (size_t)whole, rest);
        p = pack_levels1(p, tail, 1);
    }
    return p;
}

static int put_levels_wide(sl_pq_buf *out, const uint8_t *levels, uint32_t n, uint32_t width,
                           sl_pq_buf *scratch)
{
    uint32_t *v;
    uint32_t i;
    int rc;

    scratch->len = 0;
    rc = sl_pq_buf_room(scratch, (size_t)n * sizeof(*v));
    if (rc)
        return rc;
    v = (uint32_t *)(void *)scratch->ptr;
    for (i = 0; i < n; i++)
        v[i] = levels[i];
    return sl_pq_rle_put(out, v, n, width);
}

int sl_pq_rle_levels(sl_pq_buf *out, const uint8_t *levels, uint32_t n, uint32_t width,
                     sl_pq_buf *scratch)
{
    size_t start = out->len;
    uint8_t *p;
    int rc = sl_pq_buf_room(out, 4 + (size_t)n / 8 + SPARE);

    if (rc)
        return rc;
    out->len += 4;
    p = out->ptr + out->len;
    if (n == 0) {
        rc = SL_PQ_OK;
    } else if (all_levels_equal(levels, n)) {
        p = put_run(p, levels[0], n, width);
        out->len = (size_t)(p - out->ptr);
    } else if (width == 1) {
        p = put_levels1(p, levels, n);
        out->len = (size_t)(p - out->ptr);
    } else {
        rc = put_levels_wide(out, levels, n, width, scratch);
    }
    if (rc == SL_PQ_OK)
        sl_pq_store32(out->ptr + start, (uint32_t)(out->len - start - 4));
    return rc;
}
