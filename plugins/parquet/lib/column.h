/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/parquet/lib/column.h - append values to a leaf column, inline.
 *
 * Included by parquet.h. One call appends one entry: a value or a null, at a repetition level.
 * REP is 0 for the first entry of a row; in a column without lists it is always 0, and a constant
 * 0 costs nothing. A null says with its definition level how far the path to the leaf was there
 * (sl_pq_schema_def of the deepest ancestor that was); an empty list is a null at the list's own
 * level.
 *
 * Byte strings are looked up in the column's dictionary while they are appended; numbers are
 * stored as they are and looked at when their page closes. All functions answer SL_PQ_OK or a
 * failure; after a failure the writer can only be freed. The struct is open for the inlines' sake:
 * callers use the functions.
 */
#ifndef SL_PARQUET_COLUMN_H
#define SL_PARQUET_COLUMN_H

#include <string.h>

#include "plugins/parquet/lib/parquet.h"

#define SL_PQ_EMPTY     0xffffffffu
#define SL_PQ_LIKELY(x) __builtin_expect(!!(x), 1)

/* A place of the hash table: empty when index is SL_PQ_EMPTY. */
typedef struct sl_pq_slot {
    uint64_t hash;
    uint32_t index; /* number of the entry */
    uint32_t at;    /* its bytes in the dictionary, behind their 4-byte length */
} sl_pq_slot;

/* The open page of a column, and the dictionary that it fills. */
struct sl_pq_column {
    uint8_t *def;     /* definition level of each entry */
    uint8_t *rep;     /* repetition level of each entry; NULL: the column has no lists */
    uint8_t *val;     /* values in PLAIN form; a bool takes a byte */
    uint32_t *index;  /* dictionary numbers, while slot is set */
    sl_pq_slot *slot; /* hash table of a byte column; NULL: values go to val */
    uint8_t *dict;    /* the entries in PLAIN form */
    uint64_t slot_mask;
    size_t val_len;            /* bytes of a byte column in val */
    size_t val_soft;           /* val_len at which to look again for room */
    uint32_t nlev;             /* entries */
    uint32_t lev_cap;          /* entries that the arrays hold */
    uint32_t nval;             /* entries that are values */
    uint32_t val_max;          /* values of fixed width that val holds */
    uint32_t row;              /* rows begun */
    uint32_t row_cap;          /* rows at which to look again for room */
    uint32_t def_max;          /* definition level of a value */
    uint32_t width;            /* bytes of a value; 0: byte strings */
    struct sl_pq_chunk *chunk; /* what the inlines don't need */
};

/* [any] Make room for an entry at level REP: closes the page or grows it. For the inlines. */
int sl_pq_column_room(sl_pq_column *col, uint32_t rep);

/* [any] Make room for N more values of fixed width. For the inlines. */
int sl_pq_column_values(sl_pq_column *col, uint32_t n);

/* [any] Make room for NEED bytes of val before an entry at level REP. For the inlines. */
int sl_pq_column_space(sl_pq_column *col, uint32_t rep, size_t need);

/* [any] Add a value that the dictionary lacks, whose hash is HASH, and its entry's number. */
int sl_pq_column_insert(sl_pq_column *col, uint64_t hash, const uint8_t *ptr, size_t len);

/* [any] Append N rows to a column without lists: the value V[i] where DEF[i] is the level of a
 * value (DEF NULL: everywhere), else a null of level DEF[i]. For columns of 8-byte values (int64,
 * double as its bits); borrows both. */
int sl_pq_add_u64_n(sl_pq_column *col, const uint64_t *v, const uint8_t *def, uint32_t n);

/* [any] As sl_pq_add_u64_n, for byte strings; SL_PQ_PAD bytes are readable behind each. Faster
 * than one at a time when the dictionary is large. */
int sl_pq_add_bytes_n(sl_pq_column *col, const sl_pq_bytes *v, const uint8_t *def, uint32_t n);

/* [any] Append N null entries of level DEF that are N rows. */
int sl_pq_add_null_n(sl_pq_column *col, uint32_t def, uint32_t n);

/* [any] Keep the values of an int64 or wide decimal column as they are until the row group closes,
 * so that sl_pq_column_to_double and _rescale remain possible. SL_PQ_E_USE when a page has been
 * encoded, or the column is of another type. */
int sl_pq_column_hold(sl_pq_column *col);

/* [any] Turn a held int64 column into a double column, schema included. Gives SL_PQ_E_LIMIT, and
 * changes nothing, when a value of it is not exact as a double. */
int sl_pq_column_to_double(sl_pq_column *col);

/* [any] Give a held wide decimal column the larger scale SCALE, its values and its schema. Gives
 * SL_PQ_E_LIMIT, and changes nothing, when a value would have more than 38 digits. */
int sl_pq_column_rescale(sl_pq_column *col, int32_t scale);

/* [any] Rows that COL holds in the open row group. */
uint64_t sl_pq_column_rows(const sl_pq_column *col);

static inline uint64_t sl_pq_load64(const uint8_t *p)
{
    uint64_t v;

    memcpy(&v, p, sizeof(v));
    return v;
}

static inline uint64_t sl_pq_fold(uint64_t a, uint64_t b)
{
    unsigned __int128 p = (unsigned __int128)a * b;

    return (uint64_t)p ^ (uint64_t)(p >> 64);
}

/* Of 16 bytes at a value of LEN <= 16 bytes, the two halves that belong to it: no branch, since
 * lengths of short strings can't be predicted. */
extern const uint64_t sl_pq_mask[2][17];

static inline uint64_t sl_pq_hash(const uint8_t *p, size_t len)
{
    const uint64_t k1 = 0xa3c59ac2f1b56e4dULL, k2 = 0xd1342543de82ef95ULL;
    const uint64_t k3 = 0x9e6c63d0876a3f6bULL;
    uint64_t h = k3 ^ len;
    size_t i;

    if (len <= 16)
        return sl_pq_fold((sl_pq_load64(p) & sl_pq_mask[0][len]) ^ k1,
                          (sl_pq_load64(p + 8) & sl_pq_mask[1][len]) ^ h ^ k2);
    for (i = 0; i + 16 < len; i += 16)
        h = sl_pq_fold(sl_pq_load64(p + i) ^ k1, sl_pq_load64(p + i + 8) ^ h);
    if (len - i > 8)
        h = sl_pq_fold(sl_pq_load64(p + i) ^ k2, h ^ k1);
    return sl_pq_fold(sl_pq_load64(p + len - 8) ^ k1, h ^ k2);
}

/* Is the dictionary entry at A the LEN bytes at B? Both have SL_PQ_PAD bytes behind them. */
static inline int sl_pq_same(const uint8_t *a, const uint8_t *b, size_t len)
{
    uint32_t n;

    memcpy(&n, a - 4, sizeof(n));
    if (n != len)
        return 0;
    if (len <= 16)
        return !(((sl_pq_load64(a) ^ sl_pq_load64(b)) & sl_pq_mask[0][len]) |
                 ((sl_pq_load64(a + 8) ^ sl_pq_load64(b + 8)) & sl_pq_mask[1][len]));
    return memcmp(a, b, len) == 0;
}

/* Copy LEN bytes; up to 15 more are read and written. */
static inline void sl_pq_copy(uint8_t *to, const uint8_t *from, size_t len)
{
    size_t i;

    if (len > 64) {
        memcpy(to, from, len);
        return;
    }
    for (i = 0; i < len; i += 16)
        memcpy(to + i, from + i, 16);
}

static inline int sl_pq_entry(sl_pq_column *col, uint32_t rep, uint32_t def)
{
    if (__builtin_expect(col->nlev == col->lev_cap || (rep == 0 && col->row == col->row_cap), 0)) {
        int rc = sl_pq_column_room(col, rep);

        if (rc)
            return rc;
    }
    col->def[col->nlev] = (uint8_t)def;
    if (col->rep)
        col->rep[col->nlev] = (uint8_t)rep;
    col->nlev++;
    col->row += rep == 0;
    return SL_PQ_OK;
}

/* An entry that is a value of fixed width. */
static inline int sl_pq_value(sl_pq_column *col, uint32_t rep)
{
    int rc = sl_pq_entry(col, rep, col->def_max);

    if (__builtin_expect(col->nval == col->val_max, 0) && !rc)
        rc = sl_pq_column_values(col, 1);
    return rc;
}

/* [any] A null, or what stands for an empty list: DEF is the level that is reached. */
static inline int sl_pq_add_null(sl_pq_column *col, uint32_t rep, uint32_t def)
{
    return sl_pq_entry(col, rep, def);
}

/* [any] A value of an 8-byte column: int64, uint64, timestamp, time us and ns, decimal. */
static inline int sl_pq_add_i64(sl_pq_column *col, uint32_t rep, int64_t v)
{
    int rc = sl_pq_value(col, rep);

    if (rc)
        return rc;
    memcpy(col->val + (size_t)col->nval++ * 8, &v, sizeof(v));
    return SL_PQ_OK;
}

/* [any] A value of a double column. */
static inline int sl_pq_add_f64(sl_pq_column *col, uint32_t rep, double v)
{
    int rc = sl_pq_value(col, rep);

    if (rc)
        return rc;
    memcpy(col->val + (size_t)col->nval++ * 8, &v, sizeof(v));
    return SL_PQ_OK;
}

/* [any] A value of a 4-byte column: int8 to int32, uint8 to uint32, date, time ms, decimal. The
 * caller sees to it that it fits the narrower types. */
static inline int sl_pq_add_i32(sl_pq_column *col, uint32_t rep, int32_t v)
{
    int rc = sl_pq_value(col, rep);

    if (rc)
        return rc;
    memcpy(col->val + (size_t)col->nval++ * 4, &v, sizeof(v));
    return SL_PQ_OK;
}

/* [any] A value of a float column. */
static inline int sl_pq_add_f32(sl_pq_column *col, uint32_t rep, float v)
{
    int rc = sl_pq_value(col, rep);

    if (rc)
        return rc;
    memcpy(col->val + (size_t)col->nval++ * 4, &v, sizeof(v));
    return SL_PQ_OK;
}

/* [any] A value of a bool column. */
static inline int sl_pq_add_bool(sl_pq_column *col, uint32_t rep, int v)
{
    int rc = sl_pq_value(col, rep);

    if (rc)
        return rc;
    col->val[col->nval++] = v != 0;
    return SL_PQ_OK;
}

/* [any] A value of a fixed, uuid or wide decimal column: as many bytes as the column has. A
 * decimal is big-endian two's complement. */
static inline int sl_pq_add_fixed(sl_pq_column *col, uint32_t rep, const uint8_t *v)
{
    int rc = sl_pq_value(col, rep);

    if (rc)
        return rc;
    memcpy(col->val + (size_t)col->nval++ * col->width, v, col->width);
    return SL_PQ_OK;
}

/* Look LEN bytes at PTR up, whose entry was made, and note the number. */
static inline int sl_pq_note(sl_pq_column *col, uint64_t hash, const uint8_t *ptr, size_t len)
{
    uint64_t i = hash & col->slot_mask;
    const sl_pq_slot *s = &col->slot[i];

    while (s->index != SL_PQ_EMPTY) {
        if (s->hash == hash && SL_PQ_LIKELY(sl_pq_same(col->dict + s->at, ptr, len))) {
            col->index[col->nval++] = s->index;
            return SL_PQ_OK;
        }
        i = (i + 1) & col->slot_mask;
        s = &col->slot[i];
    }
    return sl_pq_column_insert(col, hash, ptr, len);
}

/* [any] A value of a string, enum, json or bytes column; SL_PQ_PAD bytes behind it are readable.
 * SL_PQ_E_LIMIT above 1 GiB. */
static inline int sl_pq_add_bytes(sl_pq_column *col, uint32_t rep, const uint8_t *ptr, size_t len)
{
    uint32_t n = (uint32_t)len;
    int rc;

    if (col->slot) {
        rc = sl_pq_entry(col, rep, col->def_max);
        if (rc)
            return rc;
        if (SL_PQ_LIKELY(col->slot != NULL))
            return sl_pq_note(col, sl_pq_hash(ptr, len), ptr, len);
        col->nlev--; /* the dictionary was given up when the page closed: begin again */
        col->row -= rep == 0;
    }
    if (len >= col->val_soft || col->val_len > col->val_soft - len) {
        rc = sl_pq_column_space(col, rep, len);
        if (rc)
            return rc;
    }
    rc = sl_pq_entry(col, rep, col->def_max);
    if (rc)
        return rc;
    memcpy(col->val + col->val_len, &n, sizeof(n));
    sl_pq_copy(col->val + col->val_len + 4, ptr, len);
    col->val_len += 4 + len;
    col->nval++;
    return SL_PQ_OK;
}

#endif
