/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/lib/gen.h - random test input that is drawn from bytes, and shrinking.
 *
 * A property is a function that draws all its choices from a gen and tells whether what must hold
 * holds. The bytes come from a seed (gen_check), from a fuzzer, or from a finding that was kept.
 * Behind the last byte there are zeros, and zero is always the simplest choice: so a failing input
 * is made smaller by cutting out bytes and by lowering them, and needs nothing to be known about
 * what they mean. gen_check prints the smallest bytes that still fail.
 */
#ifndef SL_TESTS_GEN_H
#define SL_TESTS_GEN_H
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GEN_BYTES_MAX 2048u

typedef struct gen {
    const uint8_t *at;
    const uint8_t *end;
} gen;

/* Does what PROPERTY says hold for the choices drawn from G? False: no. It cleans up either way. */
typedef int (*gen_property)(gen *g, void *arg);

/* Draw from the LEN bytes at DATA (borrowed). [any] */
static inline void gen_init(gen *g, const uint8_t *data, size_t len)
{
    g->at = data;
    g->end = data + len;
}

/* ---- drawing ------------------------------------------------------------------------------- */

/* Any byte; 0 at the end. [any] */
static inline uint8_t gen_byte(gen *g)
{
    return g->at < g->end ? *g->at++ : 0;
}

/* Is there anything left but zeros? For loops that should end when the bytes do. [any] */
static inline int gen_more(const gen *g)
{
    return g->at < g->end;
}

/* Any number of N bytes, least first. [any] */
static inline uint64_t gen_bits(gen *g, uint32_t n)
{
    uint64_t v = 0;

    for (uint32_t i = 0; i < n; i++)
        v |= (uint64_t)gen_byte(g) << (8 * i);
    return v;
}

/* A number below N, which is at least 1. [any] */
static inline uint32_t gen_below(gen *g, uint32_t n)
{
    return (uint32_t)(gen_bits(g, n <= 256 ? 1 : n <= 65536 ? 2 : 4) % n);
}

/* A number in LOW..HIGH, LOW the simplest. [any] */
static inline uint32_t gen_range(gen *g, uint32_t low, uint32_t high)
{
    return low + gen_below(g, high - low + 1);
}

/* True in one of N draws; false is simpler. [any] */
static inline int gen_one_in(gen *g, uint32_t n)
{
    return gen_below(g, n) == n - 1;
}

/* An unsigned number of any size: small ones, powers of two and their neighbours are frequent.
 * [any] */
static inline uint64_t gen_u64(gen *g)
{
    switch (gen_below(g, 4)) {
    case 0:
        return gen_byte(g);
    case 1:
        return gen_bits(g, 1 + gen_below(g, 8));
    case 2:
        return (UINT64_C(1) << gen_below(g, 64)) + gen_below(g, 3) - 1;
    default:
        return gen_bits(g, 8);
    }
}

/* As gen_u64, of either sign. [any] */
static inline int64_t gen_i64(gen *g)
{
    uint64_t v = gen_u64(g);

    return (int64_t)(gen_one_in(g, 2) ? ~v + 1 : v);
}

/* Any double, of all exponents; NaN, infinities, zeros and whole numbers are frequent. [any] */
static inline double gen_f64(gen *g)
{
    static const uint64_t special[] = {UINT64_C(0),
                                       UINT64_C(0x8000000000000000),
                                       UINT64_C(0x7ff0000000000000),
                                       UINT64_C(0xfff0000000000000),
                                       UINT64_C(0x7ff8000000000000),
                                       UINT64_C(0x0000000000000001),
                                       UINT64_C(0x7fefffffffffffff),
                                       UINT64_C(0x0010000000000000)};
    uint64_t bits;
    double v;

    switch (gen_below(g, 3)) {
    case 0:
        return (double)gen_i64(g);
    case 1:
        bits = special[gen_below(g, sizeof special / sizeof *special)];
        break;
    default:
        bits = gen_bits(g, 8);
        break;
    }
    memcpy(&v, &bits, sizeof v);
    return v;
}

/* One character, not a surrogate, as UTF-8 into OUT; gives its bytes. [any] */
static inline uint32_t gen_character(gen *g, uint8_t out[4])
{
    static const uint32_t most[] = {0x7f, 0x7ff, 0xffff, 0x10ffff};
    uint32_t code = gen_below(g, most[gen_below(g, 4)] + 1);

    if (code >= 0xd800 && code < 0xe000)
        code -= 0x1000;
    if (code < 0x80) {
        out[0] = (uint8_t)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (uint8_t)(0xc0 | code >> 6);
        out[1] = (uint8_t)(0x80 | (code & 63));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (uint8_t)(0xe0 | code >> 12);
        out[1] = (uint8_t)(0x80 | (code >> 6 & 63));
        out[2] = (uint8_t)(0x80 | (code & 63));
        return 3;
    }
    out[0] = (uint8_t)(0xf0 | code >> 18);
    out[1] = (uint8_t)(0x80 | (code >> 12 & 63));
    out[2] = (uint8_t)(0x80 | (code >> 6 & 63));
    out[3] = (uint8_t)(0x80 | (code & 63));
    return 4;
}

/* UTF-8 text of at most CAP bytes into OUT; gives its length. Lengths around the borders of the
 * encodings (31, 255) are frequent; long ones repeat one character. [any] */
static __attribute__((noinline, unused)) uint32_t gen_text(gen *g, uint8_t *out, uint32_t cap)
{
    static const uint32_t borders[] = {30, 31, 32, 33, 254, 255, 256, 257};
    uint32_t want = gen_one_in(g, 8) ? borders[gen_below(g, 8)] : gen_below(g, 12);
    uint32_t n = 0;
    uint32_t len;
    uint8_t c[4];

    if (want > cap)
        want = cap;
    if (want > 20) {
        memset(out, 'a' + (int)gen_below(g, 26), want);
        return want;
    }
    while (n < want) {
        len = gen_character(g, c);
        if (len > want - n)
            break;
        memcpy(out + n, c, len);
        n += len;
    }
    return n;
}

/* N distinct numbers below MOST, ascending, into OUT, which has room for MOST; gives N. [any] */
static inline uint32_t gen_subset(gen *g, uint16_t *out, uint32_t most)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < most; i++) {
        if (gen_one_in(g, 2))
            out[n++] = (uint16_t)i;
    }
    return n;
}

/* ---- running and shrinking ----------------------------------------------------------------- */

/* The next number of a seeded sequence. [any] */
static inline uint64_t gen_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

typedef struct gen_shrink {
    gen_property property;
    void *arg;
    uint8_t bytes[GEN_BYTES_MAX]; /* the smallest that fail so far */
    size_t len;
    uint32_t runs; /* left to spend */
} gen_shrink;

/* Do the LEN bytes at DATA still fail? Then they are the smallest. [any] */
static inline int gen_try(gen_shrink *s, const uint8_t *data, size_t len)
{
    gen g;

    if (!s->runs)
        return 0;
    s->runs--;
    gen_init(&g, data, len);
    if (s->property(&g, s->arg))
        return 0;
    memmove(s->bytes, data, len);
    s->len = len;
    return 1;
}

/* Cut out chunks of N bytes wherever that still fails. [any] */
static inline int gen_shrink_cut(gen_shrink *s, size_t n)
{
    uint8_t smaller[GEN_BYTES_MAX];
    int better = 0;

    for (size_t at = 0; at + n <= s->len;) {
        memcpy(smaller, s->bytes, at);
        memcpy(smaller + at, s->bytes + at + n, s->len - at - n);
        if (gen_try(s, smaller, s->len - n))
            better = 1;
        else
            at += n;
    }
    return better;
}

/* Lower each byte: to 0, to half, by one. [any] */
static inline int gen_shrink_lower(gen_shrink *s)
{
    uint8_t smaller[GEN_BYTES_MAX];
    int better = 0;

    for (size_t at = 0; at < s->len; at++) {
        uint8_t old = s->bytes[at];
        uint8_t tries[3] = {0, (uint8_t)(old / 2), (uint8_t)(old - 1)};
        for (uint32_t i = 0; i < 3 && old; i++) {
            if (tries[i] == old || tries[i] > s->bytes[at])
                continue;
            memcpy(smaller, s->bytes, s->len);
            smaller[at] = tries[i];
            better |= gen_try(s, smaller, s->len);
        }
    }
    return better;
}

/* Make the failing bytes of S as small as they get. [any] */
static inline void gen_shrink_all(gen_shrink *s)
{
    int better = 1;

    while (better && s->runs) {
        better = 0;
        for (size_t n = s->len; n > 0; n /= 2)
            better |= gen_shrink_cut(s, n);
        better |= gen_shrink_lower(s);
    }
}

/* Run PROPERTY for RUNS inputs from SEED. True when it held each time; else it prints the smallest
 * input that fails, and runs it once more, so that a debugger can stop there. [main] */
static inline int gen_check(const char *name, gen_property property, void *arg, uint32_t runs,
                            uint64_t seed)
{
    static gen_shrink s;
    gen g;

    for (uint32_t i = 0; i < runs; i++) {
        uint64_t state = seed + i;
        s.len = gen_random(&state) % (i < runs / 2 ? 128 : GEN_BYTES_MAX);
        for (size_t k = 0; k < s.len; k++)
            s.bytes[k] = (uint8_t)gen_random(&state);
        gen_init(&g, s.bytes, s.len);
        if (property(&g, arg))
            continue;
        s.property = property;
        s.arg = arg;
        s.runs = 20000;
        gen_shrink_all(&s);
        fprintf(stderr, "%s fails (seed %llu) for these %zu bytes:", name,
                (unsigned long long)(seed + i), s.len);
        for (size_t k = 0; k < s.len; k++)
            fprintf(stderr, " %02x", s.bytes[k]);
        fprintf(stderr, "\n");
        gen_init(&g, s.bytes, s.len);
        (void)property(&g, arg);
        return 0;
    }
    return 1;
}

#endif
