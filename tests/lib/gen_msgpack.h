/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/lib/gen_msgpack.h - random msgpack: values of all kinds in all legal forms.
 *
 * Keys come from a small stock, so that records share paths, as real ones do; some are long, empty
 * or odd. Nothing is ever in its shortest form on purpose: readers must take every form.
 */
#ifndef SL_TESTS_GEN_MSGPACK_H
#define SL_TESTS_GEN_MSGPACK_H
#include <sluice/sdk.h>

#include "tests/lib/gen.h"

#define GEN_OUT_MAX 65536u

typedef struct gen_out {
    uint8_t bytes[GEN_OUT_MAX + SL_WRITER_DEPTH];
    uint32_t len;
    int has_duplicates; /* allowed? */
} gen_out;

/* Append N bytes; what does not fit any more is left to gen_fits. [any] */
static inline void gen_put(gen_out *o, const void *data, size_t n)
{
    memcpy(o->bytes + o->len, data, n);
    o->len += (uint32_t)n;
}

/* Is there room for one more value that is no container? [any] */
static inline int gen_fits(const gen_out *o)
{
    return o->len + 1024 < GEN_OUT_MAX;
}

/* The first byte HEAD and N as a big-endian number of WIDTH bytes. [any] */
static inline void gen_put_head(gen_out *o, uint8_t head, uint64_t n, uint32_t width)
{
    uint8_t b[9] = {head};

    for (uint32_t i = 0; i < width; i++)
        b[1 + i] = (uint8_t)(n >> (8 * (width - 1 - i)));
    gen_put(o, b, 1 + width);
}

/* A length or count N in one of the forms that can hold it: FIX holds up to FIX_MAX (-1: none);
 * FIRST is the first of those with a width, of 1, 2, 4 bytes or, when FROM16, of 2, 4. [any] */
static inline void gen_put_length(gen *g, gen_out *o, uint8_t fix, int32_t fix_max, uint8_t first,
                                  int from16, uint64_t n)
{
    uint32_t width = from16 ? 2 : 1;
    uint32_t least = n > 65535 ? 4 : n > 255 ? 2 : 1;

    if ((int64_t)n <= fix_max && gen_below(g, 4) != 3) {
        uint8_t b = (uint8_t)(fix | n);
        gen_put(o, &b, 1);
        return;
    }
    for (; width < least || (width < 4 && gen_one_in(g, 3)); width *= 2)
        first++;
    gen_put_head(o, first, n, width);
}

/* A str of the LEN bytes at TEXT, in any form. [any] */
static inline void gen_put_str(gen *g, gen_out *o, const void *text, uint32_t len)
{
    gen_put_length(g, o, 0xa0, 31, 0xd9, 0, len);
    gen_put(o, text, len);
}

/* Key number I of the stock of 16; gives its length. [any] */
static inline uint32_t gen_stock_key(uint32_t i, uint8_t out[300])
{
    static const char *const plain[] = {"id", "a", "b",  "user", "geo",     "at",
                                        "x",  "y", "z.", "",     "q\"uote", "\xc3\xa4\xe2\x82\xac"};

    if (i < 12) {
        memcpy(out, plain[i], strlen(plain[i]));
        return (uint32_t)strlen(plain[i]);
    }
    memset(out, 'k', 300);
    return i == 12 ? 31 : i == 13 ? 32 : i == 14 ? 30 : 300;
}

/* Numbers in any form that can hold them. [any] */
static inline void gen_put_number(gen *g, gen_out *o)
{
    uint32_t log = gen_below(g, 4);
    uint64_t v = gen_u64(g);
    uint8_t b = (uint8_t)v;
    double d;
    float f;
    uint32_t bits;

    switch (gen_below(g, 5)) {
    case 0:
        b = b >= 0x80 && b < 0xe0 ? b & 0x7f : b;
        gen_put(o, &b, 1);
        break;
    case 1:
        gen_put_head(o, (uint8_t)(0xcc + log), v, 1u << log);
        break;
    case 2:
        gen_put_head(o, (uint8_t)(0xd0 + log), v, 1u << log);
        break;
    case 3:
        d = gen_f64(g);
        memcpy(&v, &d, sizeof v);
        gen_put_head(o, 0xcb, v, 8);
        break;
    default:
        bits = (uint32_t)gen_bits(g, 4);
        memcpy(&f, &bits, sizeof f);
        gen_put_head(o, 0xca, bits, 4);
        break;
    }
}

/* An ext of any type and length. [any] */
static inline void gen_put_ext(gen *g, gen_out *o)
{
    uint8_t data[256];
    uint32_t n;

    memset(data, (int)gen_byte(g), sizeof data);
    data[255] = gen_byte(g); /* its type */
    if (gen_one_in(g, 2)) {
        n = gen_below(g, 5);
        gen_put_head(o, (uint8_t)(0xd4 + n), data[255], 1);
        gen_put(o, data, (size_t)1 << n);
        return;
    }
    n = gen_below(g, 20);
    gen_put_length(g, o, 0, -1, 0xc7, 0, n);
    gen_put(o, &data[255], 1);
    gen_put(o, data, n);
}

/* A value that is no container. [any] */
static inline void gen_put_scalar(gen *g, gen_out *o)
{
    static const uint8_t plain[] = {0xc0, 0xc2, 0xc3};
    uint8_t text[300];
    uint32_t n;

    switch (gen_below(g, 5)) {
    case 0:
        gen_put(o, &plain[gen_below(g, 3)], 1);
        break;
    case 1:
        gen_put_number(g, o);
        break;
    case 2:
        n = gen_text(g, text, sizeof text);
        gen_put_str(g, o, text, n);
        break;
    case 3:
        n = gen_text(g, text, sizeof text);
        gen_put_length(g, o, 0, -1, 0xc4, 0, n);
        gen_put(o, text, n);
        break;
    default:
        gen_put_ext(g, o);
        break;
    }
}

static inline void gen_put_value(gen *g, gen_out *o, uint32_t depth);

/* A map, of keys from the stock, in rising order from a random start unless there may be
 * duplicates. [any] */
static inline void gen_put_map(gen *g, gen_out *o, uint32_t depth)
{
    uint32_t n = gen_fits(o) ? gen_below(g, 7) : 0;
    uint32_t step = gen_range(g, 1, 3);
    uint32_t at = gen_below(g, 16);
    uint8_t key[300];
    uint32_t len;

    if (n > 16 / step)
        n = 16 / step;
    gen_put_length(g, o, 0x80, 15, 0xde, 1, n);
    for (uint32_t i = 0; i < n; i++) {
        at = o->has_duplicates && gen_one_in(g, 2) ? gen_below(g, 4) : at + step;
        len = gen_stock_key(at % 16, key);
        gen_put_str(g, o, key, len);
        gen_put_value(g, o, depth);
    }
}

/* Any value, at most DEPTH levels deep. [any] */
static inline void gen_put_value(gen *g, gen_out *o, uint32_t depth)
{
    uint32_t kind = depth && gen_fits(o) ? gen_below(g, 8) : 0;
    uint32_t n;

    if (kind >= 6) {
        gen_put_map(g, o, depth - 1);
        return;
    }
    if (kind < 5) {
        if (gen_fits(o))
            gen_put_scalar(g, o);
        else
            gen_put(o, "\xc0", 1);
        return;
    }
    n = gen_below(g, 6);
    gen_put_length(g, o, 0x90, 15, 0xdc, 1, n);
    for (uint32_t i = 0; i < n; i++)
        gen_put_value(g, o, depth - 1);
}

#endif
