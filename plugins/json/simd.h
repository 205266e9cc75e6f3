/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/json/simd.h - sixteen bytes at a time, with SSE2 or without.
 *
 * Three operations are all that decoder and printer need. Loads and stores are unaligned and always
 * touch sixteen bytes: the callers see to it that those exist.
 */
#ifndef SL_JSON_SIMD_H
#define SL_JSON_SIMD_H
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Bit i tells whether byte i of A and B are equal. [any] */
static inline uint32_t sl_json_equal16(const uint8_t *a, const uint8_t *b)
{
#ifdef __SSE2__
    __m128i x = _mm_loadu_si128((const __m128i *)(const void *)a);
    __m128i y = _mm_loadu_si128((const __m128i *)(const void *)b);

    return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(x, y));
#else
    uint32_t mask = 0;

    for (uint32_t i = 0; i < 16; i++)
        mask |= (uint32_t)(a[i] == b[i]) << i;
    return mask;
#endif
}

/* Copy sixteen bytes; bit i tells whether byte i is a backslash. [any] */
static inline uint32_t sl_json_copy16(uint8_t *to, const uint8_t *from)
{
#ifdef __SSE2__
    __m128i x = _mm_loadu_si128((const __m128i *)(const void *)from);

    _mm_storeu_si128((__m128i *)(void *)to, x);
    return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(x, _mm_set1_epi8('\\')));
#else
    uint32_t mask = 0;

    for (uint32_t i = 0; i < 16; i++)
        mask |= (uint32_t)(from[i] == '\\') << i;
    memcpy(to, from, 16);
    return mask;
#endif
}

/* Copy sixteen bytes; bit i tells whether JSON text must escape byte i: a quote, a backslash, a
 * control character. [any] */
static inline uint32_t sl_json_escape16(uint8_t *to, const uint8_t *from)
{
#ifdef __SSE2__
    __m128i x = _mm_loadu_si128((const __m128i *)(const void *)from);
    __m128i hit =
        _mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8('\\')), _mm_cmpeq_epi8(x, _mm_set1_epi8('"')));

    hit = _mm_or_si128(hit, _mm_cmpeq_epi8(_mm_min_epu8(x, _mm_set1_epi8(0x1f)), x));
    _mm_storeu_si128((__m128i *)(void *)to, x);
    return (uint32_t)_mm_movemask_epi8(hit);
#else
    uint32_t mask = 0;

    for (uint32_t i = 0; i < 16; i++)
        mask |= (uint32_t)(from[i] == '\\' || from[i] == '"' || from[i] < 0x20) << i;
    memcpy(to, from, 16);
    return mask;
#endif
}

#endif
