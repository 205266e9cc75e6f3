/* SPDX-License-Identifier: Apache-2.0
 *
 * sluice/sdk.h - what a plugin is written with: inline readers and writers of records.
 *
 * Reading goes through the slots of a batch, or with a cursor through encoded bytes; writing goes
 * into an sl_builder, with a host call only when it must grow. All of it trusts its input: bytes
 * from outside are checked by the host, or by the decoder that makes them, before they get here.
 *
 * Values are msgpack (https://msgpack.org): every legal form is read; the shortest is written, but
 * for open maps and arrays, whose header is a map16 or array16 until they are closed.
 */
#ifndef SLUICE_SDK_H
#define SLUICE_SDK_H
#include <sluice/abi.h>
#include <sluice/paths.h>
#include <string.h>
#ifdef __cplusplus
extern "C" {
#endif

/* The types of values, as sl_val.type says. */
#define SL_V_ABSENT 0u
#define SL_V_NIL    1u
#define SL_V_BOOL   2u
#define SL_V_INT    3u /* in i */
#define SL_V_UINT   4u /* in u: only above INT64_MAX */
#define SL_V_FLOAT  5u
#define SL_V_STR    6u
#define SL_V_BIN    7u
#define SL_V_ARRAY  8u  /* n items behind ptr */
#define SL_V_MAP    9u  /* n pairs behind ptr */
#define SL_V_EXT    10u /* n bytes at ptr, kind of ext in ext */

/* The ext types that have a meaning here. */
#define SL_EXT_TIME (-1) /* an instant: msgpack timestamp, 4, 8 or 12 bytes */
#define SL_EXT_DECIMAL                                                                             \
    1                    /* int16 scale, then the unscaled integer, big-endian two's complement,   \
                          * 1 to 16 bytes: value = unscaled / 10^scale; at most 38 digits */
#define SL_EXT_NUMBER  2 /* a number as its exact JSON text: what no other type holds */
#define SL_EXT_DATE    3 /* int32 days since 1970-01-01, big-endian */
#define SL_EXT_TIMEDAY 4 /* int64 us since midnight, big-endian */
#define SL_EXT_LOCAL   5 /* int64 us since 1970-01-01 00:00 of a clock without zone, big-endian */
#define SL_EXT_UUID    6 /* 16 bytes */

typedef struct sl_val {
    uint32_t type; /* SL_V_* */
    int32_t ext;
    union {
        int64_t i;
        uint64_t u;
        double f;
        uint64_t n; /* bytes of str, bin, ext; items of an array; pairs of a map */
    };
    const uint8_t *ptr; /* content: of str, bin, ext its bytes, of array, map the first item */
    const uint8_t *raw; /* the encoded value; NULL when absent */
} sl_val;

/* ---- big-endian numbers -------------------------------------------------------------------- */

static inline uint16_t sl_get16(const uint8_t *p)
{
    uint16_t v;
    memcpy(&v, p, sizeof v);
    return __builtin_bswap16(v);
}

static inline uint32_t sl_get32(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return __builtin_bswap32(v);
}

static inline uint64_t sl_get64(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return __builtin_bswap64(v);
}

static inline void sl_set16(uint8_t *p, uint16_t v)
{
    v = __builtin_bswap16(v);
    memcpy(p, &v, sizeof v);
}

static inline void sl_set32(uint8_t *p, uint32_t v)
{
    v = __builtin_bswap32(v);
    memcpy(p, &v, sizeof v);
}

static inline void sl_set64(uint8_t *p, uint64_t v)
{
    v = __builtin_bswap64(v);
    memcpy(p, &v, sizeof v);
}

/* ---- reading ------------------------------------------------------------------------------- */

/* Reading of nil, bool, float and the longer integers; see sl_val_read. */
static inline const uint8_t *sl_val_read_scalar(const uint8_t *p, sl_val *out)
{
    uint8_t c = *p;

    switch (c) {
    case 0xc0:
        out->type = SL_V_NIL;
        out->n = 0;
        return p + 1;
    case 0xc2:
    case 0xc3:
        out->type = SL_V_BOOL;
        out->n = c & 1u;
        return p + 1;
    case 0xca: {
        uint32_t bits = sl_get32(p + 1);
        float f;
        memcpy(&f, &bits, sizeof f);
        out->type = SL_V_FLOAT;
        out->f = (double)f;
        return p + 5;
    }
    case 0xcb: {
        uint64_t bits = sl_get64(p + 1);
        out->type = SL_V_FLOAT;
        memcpy(&out->f, &bits, sizeof out->f);
        return p + 9;
    }
    case 0xcc:
        out->type = SL_V_INT;
        out->i = p[1];
        return p + 2;
    case 0xcd:
        out->type = SL_V_INT;
        out->i = sl_get16(p + 1);
        return p + 3;
    case 0xce:
        out->type = SL_V_INT;
        out->i = sl_get32(p + 1);
        return p + 5;
    case 0xcf:
        out->u = sl_get64(p + 1);
        out->type = out->u >> 63 ? SL_V_UINT : SL_V_INT;
        return p + 9;
    case 0xd0:
        out->type = SL_V_INT;
        out->i = (int8_t)p[1];
        return p + 2;
    case 0xd1:
        out->type = SL_V_INT;
        out->i = (int16_t)sl_get16(p + 1);
        return p + 3;
    case 0xd2:
        out->type = SL_V_INT;
        out->i = (int32_t)sl_get32(p + 1);
        return p + 5;
    case 0xd3:
        out->type = SL_V_INT;
        out->i = (int64_t)sl_get64(p + 1);
        return p + 9;
    default: /* 0xc1, which no writer makes */
        out->type = SL_V_NIL;
        out->n = 0;
        return p + 1;
    }
}

/* Reading of what carries its length: str, bin, ext, array, map; see sl_val_read. */
static inline const uint8_t *sl_val_read_sized(const uint8_t *p, sl_val *out)
{
    uint8_t c = *p;

    switch (c) {
    case 0xc4:
    case 0xd9:
        out->n = p[1];
        p += 2;
        break;
    case 0xc5:
    case 0xda:
    case 0xdc:
    case 0xde:
        out->n = sl_get16(p + 1);
        p += 3;
        break;
    case 0xc6:
    case 0xdb:
    case 0xdd:
    case 0xdf:
        out->n = sl_get32(p + 1);
        p += 5;
        break;
    case 0xc7:
        out->n = p[1];
        out->ext = (int8_t)p[2];
        p += 3;
        break;
    case 0xc8:
        out->n = sl_get16(p + 1);
        out->ext = (int8_t)p[3];
        p += 4;
        break;
    case 0xc9:
        out->n = sl_get32(p + 1);
        out->ext = (int8_t)p[5];
        p += 6;
        break;
    default: /* 0xd4 to 0xd8 */
        out->n = (uint64_t)1 << (c - 0xd4);
        out->ext = (int8_t)p[1];
        p += 2;
        break;
    }
    out->ptr = p;
    if (c >= 0xde) {
        out->type = SL_V_MAP;
        return p;
    }
    if (c >= 0xdc) {
        out->type = SL_V_ARRAY;
        return p;
    }
    out->type = c <= 0xc6 ? SL_V_BIN : c >= 0xd9 ? SL_V_STR : SL_V_EXT;
    return p + out->n;
}

/* Reading of the less usual forms; see sl_val_read. */
static inline const uint8_t *sl_val_read_rare(const uint8_t *p, sl_val *out)
{
    uint8_t c = *p;

    return c <= 0xc3 || (c >= 0xca && c <= 0xd3) ? sl_val_read_scalar(p, out)
                                                 : sl_val_read_sized(p, out);
}

/* [any] Read the value at P. Gives the place behind it, but for a map or an array the place of its
 * first item. */
static inline const uint8_t *sl_val_read(const uint8_t *p, sl_val *out)
{
    uint8_t c = *p;

    out->raw = p;
    if (c < 0x80 || c >= 0xe0) {
        out->type = SL_V_INT;
        out->i = (int8_t)c;
        return p + 1;
    }
    if (c >= 0xa0 && c < 0xc0) {
        out->type = SL_V_STR;
        out->n = c & 31u;
        out->ptr = p + 1;
        return p + 1 + (c & 31u);
    }
    if (c >= 0xc0)
        return sl_val_read_rare(p, out);
    out->type = c < 0x90 ? SL_V_MAP : SL_V_ARRAY;
    out->n = c & 15u;
    out->ptr = p + 1;
    return p + 1;
}

/* [any] The place behind the whole value at P, whatever it holds. */
static inline const uint8_t *sl_val_skip(const uint8_t *p)
{
    uint64_t left = 1;
    sl_val v;

    while (left--) {
        p = sl_val_read(p, &v);
        if (v.type == SL_V_ARRAY)
            left += v.n;
        else if (v.type == SL_V_MAP)
            left += 2 * v.n;
    }
    return p;
}

/* [any] Bytes of the encoded value V, which is not absent. */
static inline uint64_t sl_val_span(const sl_val *v)
{
    return (uint64_t)(sl_val_skip(v->raw) - v->raw);
}

/* [any] Is V there and not nil? */
static inline int sl_val_some(const sl_val *v)
{
    return v->type > SL_V_NIL;
}

/* [any] The instant of an SL_EXT_TIME value in microseconds since 1970 UTC, rounded down. False
 * when V is not one, or is outside of int64. */
static inline int sl_val_time_us(const sl_val *v, int64_t *out)
{
    uint64_t bits;
    int64_t sec;
    int64_t nsec = 0;

    if (v->type != SL_V_EXT || v->ext != SL_EXT_TIME)
        return 0;
    if (v->n == 4) {
        sec = sl_get32(v->ptr);
    } else if (v->n == 8) {
        bits = sl_get64(v->ptr);
        sec = (int64_t)(bits & 0x3ffffffffu);
        nsec = (int64_t)(bits >> 34);
    } else if (v->n == 12) {
        nsec = sl_get32(v->ptr);
        sec = (int64_t)sl_get64(v->ptr + 4);
    } else {
        return 0;
    }
    return !__builtin_mul_overflow(sec, 1000000, out) &&
           !__builtin_add_overflow(*out, nsec / 1000, out);
}

/* A loop over the rows of BATCH that count: SL_EACH(row, batch) { … }, ROW a uint32_t. */
#define SL_EACH(row, batch)                                                                        \
    for (uint32_t row##_i = 0, row = (batch)->nsel && (batch)->sel ? (batch)->sel[0] : 0;          \
         row##_i < (batch)->nsel; row##_i++,                                                       \
                  row = (batch)->sel && row##_i < (batch)->nsel ? (batch)->sel[row##_i] : row##_i)

/* [any] Read PATH of record ROW. False, and OUT absent, when it is not there; nil is there. */
static inline int sl_batch_get(const sl_batch *batch, uint32_t row, const sl_path *path,
                               sl_val *out)
{
    uint32_t at = sl_batch_at(batch, row, path);

    if (!at) {
        out->type = SL_V_ABSENT;
        out->raw = NULL;
        return 0;
    }
    (void)sl_val_read(batch->body + at, out);
    return 1;
}

/* [any] Read the whole record ROW: a map. */
static inline void sl_batch_row(const sl_batch *batch, uint32_t row, sl_val *out)
{
    (void)sl_val_read(batch->body + batch->rec[row], out);
}

/* [any] Read PATH of all records that count, in order, into OUT[0..CAP). Gives their number. */
static inline uint32_t sl_batch_gather(const sl_batch *batch, const sl_path *path, sl_val *out,
                                       uint32_t cap)
{
    uint32_t n = 0;

    SL_EACH (row, batch) {
        if (n == cap)
            break;
        (void)sl_batch_get(batch, row, path, &out[n++]);
    }
    return n;
}

/* A place inside a map or an array. */
typedef struct sl_cur {
    const uint8_t *at;
    uint64_t left; /* items or pairs that follow */
    uint32_t is_map;
} sl_cur;

/* [any] Stand before the first item of V; before nothing when V is no map and no array. */
static inline void sl_cur_enter(sl_cur *cur, const sl_val *v)
{
    cur->is_map = v->type == SL_V_MAP;
    cur->left = v->type == SL_V_MAP || v->type == SL_V_ARRAY ? v->n : 0;
    cur->at = v->ptr;
}

/* [any] Read the next item, and its key when in a map (KEY may be NULL in an array). False at the
 * end. */
static inline int sl_cur_next(sl_cur *cur, sl_val *key, sl_val *val)
{
    if (!cur->left)
        return 0;
    cur->left--;
    if (cur->is_map)
        cur->at = sl_val_read(cur->at, key);
    cur->at = sl_val_read(cur->at, val);
    if (val->type == SL_V_MAP || val->type == SL_V_ARRAY)
        cur->at = sl_val_skip(val->raw);
    return 1;
}

/* [any] Find the key TEXT (LEN bytes) in the map V; the last one counts. False, and OUT absent,
 * when V is no map or has no such key. */
static inline int sl_val_find(const sl_val *v, const void *text, uint64_t len, sl_val *out)
{
    sl_cur cur;
    sl_val key;
    sl_val val;

    out->type = SL_V_ABSENT;
    out->raw = NULL;
    if (v->type != SL_V_MAP)
        return 0;
    sl_cur_enter(&cur, v);
    while (sl_cur_next(&cur, &key, &val)) {
        if (key.type == SL_V_STR && key.n == len && !memcmp(key.ptr, text, len))
            *out = val;
    }
    return out->raw != NULL;
}

/* ---- writing ------------------------------------------------------------------------------- */

/* Writers of encoded values at P, which must have room (9 bytes; 5 + n for str, bin). They give the
 * place behind. [any] */
static inline uint8_t *sl_enc_u64(uint8_t *p, uint64_t v)
{
    if (v < 0x80) {
        *p = (uint8_t)v;
        return p + 1;
    }
    if (v <= 0xff) {
        p[0] = 0xcc;
        p[1] = (uint8_t)v;
        return p + 2;
    }
    if (v <= 0xffff) {
        p[0] = 0xcd;
        sl_set16(p + 1, (uint16_t)v);
        return p + 3;
    }
    if (v <= 0xffffffffu) {
        p[0] = 0xce;
        sl_set32(p + 1, (uint32_t)v);
        return p + 5;
    }
    p[0] = 0xcf;
    sl_set64(p + 1, v);
    return p + 9;
}

/* As sl_enc_u64. [any] */
static inline uint8_t *sl_enc_i64(uint8_t *p, int64_t v)
{
    if (v >= 0)
        return sl_enc_u64(p, (uint64_t)v);
    if (v >= -32) {
        *p = (uint8_t)(int8_t)v;
        return p + 1;
    }
    if (v >= INT8_MIN) {
        p[0] = 0xd0;
        p[1] = (uint8_t)(int8_t)v;
        return p + 2;
    }
    if (v >= INT16_MIN) {
        p[0] = 0xd1;
        sl_set16(p + 1, (uint16_t)(int16_t)v);
        return p + 3;
    }
    if (v >= INT32_MIN) {
        p[0] = 0xd2;
        sl_set32(p + 1, (uint32_t)(int32_t)v);
        return p + 5;
    }
    p[0] = 0xd3;
    sl_set64(p + 1, (uint64_t)v);
    return p + 9;
}

/* As sl_enc_u64. [any] */
static inline uint8_t *sl_enc_f64(uint8_t *p, double v)
{
    uint64_t bits;

    memcpy(&bits, &v, sizeof bits);
    p[0] = 0xcb;
    sl_set64(p + 1, bits);
    return p + 9;
}

/* The header of a str of LEN bytes. [any] */
static inline uint8_t *sl_enc_str_head(uint8_t *p, uint64_t len)
{
    if (len < 32) {
        *p = (uint8_t)(0xa0 | len);
        return p + 1;
    }
    if (len <= 0xff) {
        p[0] = 0xd9;
        p[1] = (uint8_t)len;
        return p + 2;
    }
    if (len <= 0xffff) {
        p[0] = 0xda;
        sl_set16(p + 1, (uint16_t)len);
        return p + 3;
    }
    p[0] = 0xdb;
    sl_set32(p + 1, (uint32_t)len);
    return p + 5;
}

/* The header of a bin of LEN bytes. [any] */
static inline uint8_t *sl_enc_bin_head(uint8_t *p, uint64_t len)
{
    if (len <= 0xff) {
        p[0] = 0xc4;
        p[1] = (uint8_t)len;
        return p + 2;
    }
    if (len <= 0xffff) {
        p[0] = 0xc5;
        sl_set16(p + 1, (uint16_t)len);
        return p + 3;
    }
    p[0] = 0xc6;
    sl_set32(p + 1, (uint32_t)len);
    return p + 5;
}

/* An ext of LEN bytes; needs 6 + LEN bytes of room. [any] */
static inline uint8_t *sl_enc_ext(uint8_t *p, int32_t type, const void *data, uint64_t len)
{
    if (len == 1 || len == 2 || len == 4 || len == 8 || len == 16) {
        p[0] = (uint8_t)(0xd4 + __builtin_ctzll(len));
        p[1] = (uint8_t)(int8_t)type;
        p += 2;
    } else if (len <= 0xff) {
        p[0] = 0xc7;
        p[1] = (uint8_t)len;
        p[2] = (uint8_t)(int8_t)type;
        p += 3;
    } else if (len <= 0xffff) {
        p[0] = 0xc8;
        sl_set16(p + 1, (uint16_t)len);
        p[3] = (uint8_t)(int8_t)type;
        p += 4;
    } else {
        p[0] = 0xc9;
        sl_set32(p + 1, (uint32_t)len);
        p[5] = (uint8_t)(int8_t)type;
        p += 6;
    }
    memcpy(p, data, len);
    return p + len;
}

/* An instant, US microseconds since 1970 UTC, in the shortest of the three timestamp forms; needs
 * 15 bytes of room. [any] */
static inline uint8_t *sl_enc_time(uint8_t *p, int64_t us)
{
    int64_t sec = us / 1000000;
    int64_t rest = us % 1000000;
    uint8_t data[12];

    if (rest < 0) {
        rest += 1000000;
        sec--;
    }
    if (sec >> 34 == 0) {
        uint64_t bits = (uint64_t)rest * 1000 << 34 | (uint64_t)sec;
        if (bits >> 32 == 0) {
            sl_set32(data, (uint32_t)bits);
            return sl_enc_ext(p, SL_EXT_TIME, data, 4);
        }
        sl_set64(data, bits);
        return sl_enc_ext(p, SL_EXT_TIME, data, 8);
    }
    sl_set32(data, (uint32_t)rest * 1000);
    sl_set64(data + 4, (uint64_t)sec);
    return sl_enc_ext(p, SL_EXT_TIME, data, 12);
}

/* A writer of rows into a builder: where the row is, and which maps and arrays are open. Begin with
 * sl_writer_init; it lives on the stack of the call that fills the batch. */
#define SL_WRITER_DEPTH 64u
typedef struct sl_writer {
    const sl_rows *rows;
    sl_builder *b;
    sl_status status; /* the first failure to grow; from then on nothing is written */
    uint32_t depth;
    uint32_t at[SL_WRITER_DEPTH];    /* place of each open header */
    uint32_t count[SL_WRITER_DEPTH]; /* items or pairs in it */
} sl_writer;

/* [inst] Write rows into B, which sl_rows.build gave. */
static inline void sl_writer_init(sl_writer *w, const sl_rows *rows, sl_builder *b)
{
    w->rows = rows;
    w->b = b;
    w->status = SL_OK;
    w->depth = 0;
}

/* [inst] Make sure that N bytes fit. False when memory is short. */
static inline int sl_writer_room(sl_writer *w, uint64_t n)
{
    if (__builtin_expect((uint64_t)(w->b->end - w->b->cur) >= n, 1))
        return w->status == SL_OK;
    if (w->status == SL_OK)
        w->status = w->rows->grow(w->b, n);
    return w->status == SL_OK;
}

/* [inst] Open a map (IS_MAP) or an array below what is open. False when memory is short or more
 * than SL_WRITER_DEPTH are open. */
static inline int sl_writer_open(sl_writer *w, int is_map)
{
    if (w->depth == SL_WRITER_DEPTH)
        w->status = SL_E_DATA;
    if (!sl_writer_room(w, 3))
        return 0;
    w->at[w->depth] = (uint32_t)(w->b->cur - w->b->body);
    w->count[w->depth++] = 0;
    *w->b->cur = is_map ? 0xde : 0xdc;
    w->b->cur += 3;
    return 1;
}

/* [inst] Close the innermost open map or array. Above 65535 entries it moves the content. */
static inline void sl_writer_shut(sl_writer *w)
{
    uint32_t count;
    uint8_t *head;

    if (w->status != SL_OK || !w->depth)
        return;
    count = w->count[--w->depth];
    if (count > 0xffff && !sl_writer_room(w, 2))
        return;
    head = w->b->body + w->at[w->depth];
    if (count > 0xffff) {
        memmove(head + 5, head + 3, (size_t)(w->b->cur - head - 3));
        w->b->cur += 2;
        head[0] = (uint8_t)(head[0] + 1);
        sl_set32(head + 1, count);
        return;
    }
    sl_set16(head + 1, (uint16_t)count);
}

/* [inst] Start a row: an open map. */
static inline int sl_row_begin(sl_writer *w)
{
    if (w->b->nrec == w->b->cap && w->status == SL_OK)
        w->status = w->rows->grow(w->b, 256);
    w->depth = 0;
    return w->status == SL_OK && sl_writer_open(w, 1);
}

/* [inst] End the row. FROM: the row of LIKE that it descends from. Gives the writer's status; when
 * that is a failure the row is gone and the rows before it are whole. */
static inline sl_status sl_row_end(sl_writer *w, uint32_t from)
{
    sl_builder *b = w->b;

    while (w->depth && w->status == SL_OK)
        sl_writer_shut(w);
    w->depth = 0;
    if (w->status != SL_OK) {
        b->cur = b->body + b->rec[b->nrec];
        if (b->slot && b->nrec < b->cap)
            memset(b->slot + (size_t)b->nrec * b->stride, 0, b->stride * sizeof *b->slot);
        return w->status;
    }
    if (b->from)
        b->from[b->nrec] = (uint16_t)from;
    b->rec[++b->nrec] = (uint32_t)(b->cur - b->body);
    return SL_OK;
}

/* [inst] Write key K (NULL: inside an array) and make room for N bytes of value, whose slot is set.
 * Gives where the value goes, NULL when memory is short. */
static inline uint8_t *sl_row_key(sl_writer *w, const sl_key *k, uint64_t n)
{
    uint64_t len = k ? k->text.len : 0;
    sl_builder *b = w->b;

    if (!sl_writer_room(w, len + n))
        return NULL;
    w->count[w->depth - 1]++;
    if (k) {
        memcpy(b->cur, k->text.ptr, len);
        b->cur += len;
        if (k->slot < b->nslot && b->slot)
            b->slot[(size_t)b->nrec * b->stride + k->slot] = (uint32_t)(b->cur - b->body);
    }
    return b->cur;
}

/* [inst] Write one value under key K; K NULL inside an array. Nothing happens once the writer has
 * failed. */
static inline void sl_row_put_nil(sl_writer *w, const sl_key *k)
{
    uint8_t *p = sl_row_key(w, k, 1);

    if (p) {
        *p = 0xc0;
        w->b->cur = p + 1;
    }
}

/* As sl_row_put_nil. [inst] */
static inline void sl_row_put_bool(sl_writer *w, const sl_key *k, int v)
{
    uint8_t *p = sl_row_key(w, k, 1);

    if (p) {
        *p = v ? 0xc3 : 0xc2;
        w->b->cur = p + 1;
    }
}

/* As sl_row_put_nil. [inst] */
static inline void sl_row_put_i64(sl_writer *w, const sl_key *k, int64_t v)
{
    uint8_t *p = sl_row_key(w, k, 9);

    if (p)
        w->b->cur = sl_enc_i64(p, v);
}

/* As sl_row_put_nil. [inst] */
static inline void sl_row_put_u64(sl_writer *w, const sl_key *k, uint64_t v)
{
    uint8_t *p = sl_row_key(w, k, 9);

    if (p)
        w->b->cur = sl_enc_u64(p, v);
}

/* As sl_row_put_nil. [inst] */
static inline void sl_row_put_f64(sl_writer *w, const sl_key *k, double v)
{
    uint8_t *p = sl_row_key(w, k, 9);

    if (p)
        w->b->cur = sl_enc_f64(p, v);
}

/* As sl_row_put_nil; TEXT is UTF-8. [inst] */
static inline void sl_row_put_str(sl_writer *w, const sl_key *k, const void *text, uint64_t len)
{
    uint8_t *p = sl_row_key(w, k, 5 + len);

    if (p) {
        p = sl_enc_str_head(p, len);
        memcpy(p, text, len);
        w->b->cur = p + len;
    }
}

/* As sl_row_put_nil. [inst] */
static inline void sl_row_put_bin(sl_writer *w, const sl_key *k, const void *data, uint64_t len)
{
    uint8_t *p = sl_row_key(w, k, 5 + len);

    if (p) {
        p = sl_enc_bin_head(p, len);
        memcpy(p, data, len);
        w->b->cur = p + len;
    }
}

/* As sl_row_put_nil. [inst] */
static inline void sl_row_put_ext(sl_writer *w, const sl_key *k, int32_t type, const void *data,
                                  uint64_t len)
{
    uint8_t *p = sl_row_key(w, k, 6 + len);

    if (p)
        w->b->cur = sl_enc_ext(p, type, data, len);
}

/* As sl_row_put_nil: an instant in microseconds since 1970 UTC. [inst] */
static inline void sl_row_put_time(sl_writer *w, const sl_key *k, int64_t us)
{
    uint8_t *p = sl_row_key(w, k, 15);

    if (p)
        w->b->cur = sl_enc_time(p, us);
}

/* As sl_row_put_nil: splice LEN bytes that hold one encoded value. [inst] */
static inline void sl_row_put_span(sl_writer *w, const sl_key *k, const uint8_t *raw, uint64_t len)
{
    uint8_t *p = sl_row_key(w, k, len);

    if (p) {
        memcpy(p, raw, len);
        w->b->cur = p + len;
    }
}

/* As sl_row_put_nil: splice the value V; nothing when it is absent. [inst] */
static inline void sl_row_put_val(sl_writer *w, const sl_key *k, const sl_val *v)
{
    if (v->raw)
        sl_row_put_span(w, k, v->raw, sl_val_span(v));
}

/* [inst] Open a map under key K (NULL: in an array); end it with sl_row_close. */
static inline void sl_row_map(sl_writer *w, const sl_key *k)
{
    if (sl_row_key(w, k, 3))
        (void)sl_writer_open(w, 1);
}

/* [inst] Open an array under key K; end it with sl_row_close. */
static inline void sl_row_array(sl_writer *w, const sl_key *k)
{
    if (sl_row_key(w, k, 3))
        (void)sl_writer_open(w, 0);
}

/* [inst] Close what sl_row_map or sl_row_array opened last. */
static inline void sl_row_close(sl_writer *w)
{
    if (w->depth > 1)
        sl_writer_shut(w);
}

/* [inst] Write the key TEXT, which was never declared, in the open map; the value follows with K
 * NULL and does not count as an item of its own. */
static inline void sl_row_text_key(sl_writer *w, const void *text, uint64_t len)
{
    if (!sl_writer_room(w, 5 + len))
        return;
    w->b->cur = sl_enc_str_head(w->b->cur, len);
    memcpy(w->b->cur, text, len);
    w->b->cur += len;
}

/* The one symbol of a module: SL_PLUGIN("csv", &decoder, &writer). */
#define SL_PLUGIN(name_, ...)                                                                      \
    static const sl_class *const sl_plugin_classes[] = {__VA_ARGS__, NULL};                        \
    SL_EXPORT const sl_plugin sluice_plugin_v1 = {                                                 \
        .magic = SL_ABI_MAGIC,                                                                     \
        .size = sizeof(sl_plugin),                                                                 \
        .abi_major = SL_ABI_MAJOR,                                                                 \
        .abi_minor = SL_ABI_MINOR,                                                                 \
        .name = name_,                                                                             \
        .version = SL_PLUGIN_VERSION,                                                              \
        .license = SL_PLUGIN_LICENSE,                                                              \
        .built_with = "sluice sdk " SL_SDK_VERSION,                                                \
        .classes = sl_plugin_classes,                                                              \
    }

#define SL_SDK_VERSION "0.1.0"
#ifndef SL_PLUGIN_VERSION
#define SL_PLUGIN_VERSION SL_SDK_VERSION
#endif
#ifndef SL_PLUGIN_LICENSE
#define SL_PLUGIN_LICENSE "Apache-2.0"
#endif

/* The end of a table of settings. */
#define SL_SETTINGS_END                                                                            \
    {                                                                                              \
        .size = sizeof(sl_setting), .name = NULL                                                   \
    }

/* The kinds of classes. */
#define SL_CLASS_SOURCE    "sluice.source/1"
#define SL_CLASS_TRANSFORM "sluice.transform/1"
#define SL_CLASS_DECODER   "sluice.decoder/1"
#define SL_CLASS_ENCODER   "sluice.encoder/1"
#define SL_CLASS_SINK      "sluice.sink/1"
#define SL_CLASS_STORE     "sluice.store/1"

#ifdef __cplusplus
}
#endif
#endif
