/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/parquet/value.h - what an encoded value is to a column.
 *
 * kind_of tells by the first byte alone which kinds of values a column holds, so that a whole
 * column is looked over at the cost of a table look-up per value. Integers and strings are decoded
 * without a branch per form; up to 64 bytes behind a value are readable.
 */
#ifndef SL_PARQUET_VALUE_H
#define SL_PARQUET_VALUE_H

#include <sluice/sdk.h>

/* Kinds by first byte, as bits. */
#define KIND_NIL   0x01u
#define KIND_BOOL  0x02u
#define KIND_INT   0x04u /* also an unsigned one that may be above int64: see KIND_BIG */
#define KIND_BIG   0x08u /* the 8-byte unsigned form */
#define KIND_FLOAT 0x10u
#define KIND_STR   0x20u
#define KIND_BIN   0x40u
#define KIND_LIST  0x80u
#define KIND_MAP   0x100u
#define KIND_EXT   0x200u

/* Kinds by first byte. */
extern const uint16_t sl_pw_kinds[256];

/* [any] The kind of a value whose first byte is C. */
static inline uint32_t kind_of(uint8_t c)
{
    return sl_pw_kinds[c];
}

/* [any] Is the value at P an instant in its usual form (8 bytes)? */
static inline int is_instant8(const uint8_t *p)
{
    return p[0] == 0xd7 && p[1] == 0xff;
}

/* [any] The microseconds of such an instant. */
static inline int64_t value_instant8(const uint8_t *p)
{
    uint64_t bits = sl_get64(p + 2);

    return (int64_t)(bits & 0x3ffffffffu) * 1000000 + (int64_t)(bits >> 34) / 1000;
}

/* [any] The integer at P, of KIND_INT. */
static inline int64_t value_int(const uint8_t *p)
{
    /* bytes behind the first, for 0xcc to 0xd3 */
    static const uint8_t BYTES[8] = {1, 2, 4, 8, 1, 2, 4, 8};
    uint8_t c = *p;
    uint64_t raw;
    uint32_t shift;

    if (c < 0x80 || c >= 0xe0)
        return (int8_t)c;
    raw = sl_get64(p + 1);
    shift = 64 - 8u * BYTES[(c - 0xccu) & 7];
    return c >= 0xd0 ? (int64_t)raw >> shift : (int64_t)(raw >> shift);
}

/* [any] The float at P, of KIND_FLOAT. */
static inline double value_float(const uint8_t *p)
{
    sl_val v;

    (void)sl_val_read(p, &v);
    return v.f;
}

/* [any] The text at P, of KIND_STR: gives its bytes, LEN their number. */
static inline const uint8_t *value_text(const uint8_t *p, size_t *len)
{
    uint8_t c = *p;

    if (c < 0xc0) {
        *len = c & 31u;
        return p + 1;
    }
    if (c == 0xd9) {
        *len = p[1];
        return p + 2;
    }
    if (c == 0xda) {
        *len = sl_get16(p + 1);
        return p + 3;
    }
    *len = sl_get32(p + 1);
    return p + 5;
}

/* [any] Is V the same number as a double? */
static inline int is_exact_double(int64_t v)
{
    const int64_t most = INT64_C(1) << 53;

    return (v <= most && v >= -most) || (v < INT64_MAX - 1024 && (int64_t)(double)v == v);
}

#endif
