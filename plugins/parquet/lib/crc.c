/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/parquet/lib/crc.c - CRC-32 as in gzip.
 *
 * Where the processor multiplies without carry, 64 bytes are folded at a time into four 128-bit
 * remainders, by the constants x^n mod P of the reflected polynomial; the last 16 bytes of state
 * and the tail go through zlib, whose function is also the fallback everywhere else.
 */
#include <zlib.h>

#include "plugins/parquet/lib/codec.h"

static uint32_t crc_zlib(uint32_t crc, const uint8_t *ptr, size_t len)
{
    return (uint32_t)crc32_z(crc, ptr, len);
}

#if defined(__x86_64__)
#include <immintrin.h>

#define FOLD_LEAST 128u

__attribute__((target("pclmul,sse4.1"))) static __m128i fold(__m128i x, __m128i k, __m128i data)
{
    __m128i lo = _mm_clmulepi64_si128(x, k, 0x00);
    __m128i hi = _mm_clmulepi64_si128(x, k, 0x11);

    return _mm_xor_si128(_mm_xor_si128(lo, hi), data);
}

static __m128i load(const uint8_t *p)
{
    return _mm_loadu_si128((const void *)p);
}

/* LEN is at least FOLD_LEAST. What is left after folding is a 16-byte message with the same
 * remainder as all that was read, so zlib can finish it from a clean state. */
__attribute__((target("pclmul,sse4.1"))) static uint32_t crc_fold(uint32_t crc, const uint8_t *ptr,
                                                                  size_t len)
{
    const __m128i by64 = _mm_set_epi64x(0x00000001c6e41596, 0x0000000154442bd4);
    const __m128i by16 = _mm_set_epi64x(0x00000000ccaa009e, 0x00000001751997d0);
    __m128i x0 = load(ptr), x1 = load(ptr + 16), x2 = load(ptr + 32), x3 = load(ptr + 48);
    uint8_t rest[16];

    x0 = _mm_xor_si128(x0, _mm_cvtsi32_si128((int)~crc));
    for (ptr += 64, len -= 64; len >= 64; ptr += 64, len -= 64) {
        x0 = fold(x0, by64, load(ptr));
        x1 = fold(x1, by64, load(ptr + 16));
        x2 = fold(x2, by64, load(ptr + 32));
        x3 = fold(x3, by64, load(ptr + 48));
    }
    x1 = fold(x0, by16, x1);
    x2 = fold(x1, by16, x2);
    x3 = fold(x2, by16, x3);
    _mm_storeu_si128((void *)rest, x3);
    /* zlib complements the state before and after: all ones in is a clean state */
    crc = crc_zlib(0xffffffffu, rest, sizeof(rest));
    return crc_zlib(crc, ptr, len);
}

uint32_t sl_pq_crc32(uint32_t crc, const uint8_t *ptr, size_t len)
{
    if (len >= FOLD_LEAST && __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1"))
        return crc_fold(crc, ptr, len);
    return crc_zlib(crc, ptr, len);
}

#else

uint32_t sl_pq_crc32(uint32_t crc, const uint8_t *ptr, size_t len)
{
    return crc_zlib(crc, ptr, len);
}

#endif
