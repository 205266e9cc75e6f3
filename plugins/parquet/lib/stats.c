/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/parquet/lib/stats.c - bounds of pages: finding, cutting, comparing.
 *
 * Numbers are scanned from the plain array. Byte strings are compared by their first eight bytes
 * as a big-endian number, and in full only on a tie; with a dictionary only the entries that the
 * page refers to are looked at. NaN never becomes a bound; a zero bound is written as -0.0 below
 * and +0.0 above, since a reader can't know which zero was there.
 */
#include "plugins/parquet/lib/pq_priv.h"

/* ---- numbers --------------------------------------------------------------------------------- */

/* One scan per type. MIN and MAX get PLAIN bytes; gives 0 when there is no bound. */
#define SCAN(name, type)                                                                           \
    static int name(const sl_pq_view *v, uint8_t *min, uint8_t *max)                               \
    {                                                                                              \
        type lo, hi, x;                                                                            \
        uint32_t i;                                                                                \
                                                                                                   \
        memcpy(&lo, v->val, sizeof(lo));                                                           \
        hi = lo;                                                                                   \
        for (i = 1; i < v->nval; i++) {                                                            \
            memcpy(&x, v->val + i * sizeof(x), sizeof(x));                                         \
            lo = x < lo ? x : lo;                                                                  \
            hi = x > hi ? x : hi;                                                                  \
        }                                                                                          \
        memcpy(min, &lo, sizeof(lo));                                                              \
        memcpy(max, &hi, sizeof(hi));                                                              \
        return 1;                                                                                  \
    }

SCAN(scan_bool, uint8_t)
SCAN(scan_i32, int32_t)
SCAN(scan_u32, uint32_t)
SCAN(scan_i64, int64_t)
SCAN(scan_u64, uint64_t)

static int scan_f64(sl_pq_chunk *c, const sl_pq_view *v, uint8_t *min, uint8_t *max)
{
    double lo = __builtin_inf(), hi = -__builtin_inf(), x;
    uint32_t i, nans = 0;

    for (i = 0; i < v->nval; i++) {
        memcpy(&x, v->val + (size_t)i * 8, sizeof(x));
        lo = x < lo ? x : lo; /* false for NaN */
        hi = x > hi ? x : hi;
        nans += x != x;
    }
    c->nans += nans;
    if (nans == v->nval)
        return 0;
    lo = lo == 0 ? -0.0 : lo;
    hi = hi == 0 ? 0.0 : hi;
    memcpy(min, &lo, sizeof(lo));
    memcpy(max, &hi, sizeof(hi));
    return 1;
}

static int scan_f32(sl_pq_chunk *c, const sl_pq_view *v, uint8_t *min, uint8_t *max)
{
    float lo = __builtin_inff(), hi = -__builtin_inff(), x;
    uint32_t i, nans = 0;

    for (i = 0; i < v->nval; i++) {
        memcpy(&x, v->val + (size_t)i * 4, sizeof(x));
        lo = x < lo ? x : lo;
        hi = x > hi ? x : hi;
        nans += x != x;
    }
    c->nans += nans;
    if (nans == v->nval)
        return 0;
    lo = lo == 0 ? -0.0F : lo;
    hi = hi == 0 ? 0.0F : hi;
    memcpy(min, &lo, sizeof(lo));
    memcpy(max, &hi, sizeof(hi));
    return 1;
}

static int scan_number(sl_pq_chunk *c, const sl_pq_view *v, uint8_t *min, uint8_t *max)
{
    switch (c->order) {
    case SL_PQ_O_BOOL:
        return scan_bool(v, min, max);
    case SL_PQ_O_I32:
        return scan_i32(v, min, max);
    case SL_PQ_O_U32:
        return scan_u32(v, min, max);
    case SL_PQ_O_I64:
        return scan_i64(v, min, max);
    case SL_PQ_O_U64:
        return scan_u64(v, min, max);
    case SL_PQ_O_F32:
        return scan_f32(c, v, min, max);
    case SL_PQ_O_F64:
        return scan_f64(c, v, min, max);
    default:
        return 0;
    }
}

/* ---- byte strings ---------------------------------------------------------------------------- */

/* The least and the greatest so far, with their first bytes as numbers. */
typedef struct range {
    sl_pq_bytes min;
    sl_pq_bytes max;
    uint64_t min_head;
    uint64_t max_head;
} range;

/* The first eight bytes as a number that compares as they do, zeros behind the end. Bytes behind
 * P are readable: buffers of the library have room to spare. */
static uint64_t head_of(const uint8_t *p, size_t len)
{
    uint64_t v = __builtin_bswap64(sl_pq_load64(p));

    return len >= 8 ? v : len ? v & ~UINT64_C(0) << (64 - 8 * len) : 0;
}

static int compare_bytes(sl_pq_bytes a, sl_pq_bytes b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int d = n ? memcmp(a.ptr, b.ptr, n) : 0;

    if (d)
        return d;
    return a.len < b.len ? -1 : a.len > b.len;
}

static void widen(range *r, const uint8_t *p, size_t len)
{
    uint64_t head = head_of(p, len);
    sl_pq_bytes v = {p, len};

    if (head <= r->min_head && (head < r->min_head || compare_bytes(v, r->min) < 0)) {
        r->min = v;
        r->min_head = head;
    }
    if (head >= r->max_head && (head > r->max_head || compare_bytes(v, r->max) > 0)) {
        r->max = v;
        r->max_head = head;
    }
}

static void range_start(range *r, const uint8_t *p, size_t len)
{
    r->min.ptr = r->max.ptr = p;
    r->min.len = r->max.len = len;
    r->min_head = r->max_head = head_of(p, len);
}

static void range_plain(const sl_pq_view *v, range *r)
{
    const uint8_t *p = v->val;
    uint32_t i, len = sl_pq_load32(p);

    range_start(r, p + 4, len);
    for (i = 1; i < v->nval; i++) {
        p += 4 + (size_t)len;
        len = sl_pq_load32(p);
        widen(r, p + 4, len);
    }
}

static int range_dict(sl_pq_column *col, const sl_pq_view *v, range *r)
{
    sl_pq_buf *seen = &col->chunk->writer->seen;
    const uint32_t *at = (const uint32_t *)(const void *)col->chunk->dict_at.ptr;
    uint32_t i, n = col->chunk->dict_count;
    const uint8_t *first = col->dict + at[v->index[0]];
    int rc;

    seen->len = 0;
    rc = sl_pq_buf_room(seen, n);
    if (rc)
        return rc;
    memset(seen->ptr, 0, n);
    for (i = 0; i < v->nval; i++)
        seen->ptr[v->index[i]] = 1;
    range_start(r, first, sl_pq_load32(first - 4));
    for (i = 0; i < n; i++)
        if (seen->ptr[i])
            widen(r, col->dict + at[i], sl_pq_load32(col->dict + at[i] - 4));
    return SL_PQ_OK;
}

/* Big-endian two's complement of one width. */
static int compare_signed(sl_pq_bytes a, sl_pq_bytes b)
{
    int8_t sa = a.len ? (int8_t)a.ptr[0] : 0, sb = b.len ? (int8_t)b.ptr[0] : 0;

    if (sa != sb)
        return sa < sb ? -1 : 1;
    return compare_bytes(a, b);
}

static void range_fixed(const sl_pq_column *col, const sl_pq_view *v, range *r)
{
    uint32_t i;

    r->min.ptr = r->max.ptr = v->val;
    r->min.len = r->max.len = col->width;
    for (i = 1; i < v->nval; i++) {
        sl_pq_bytes x = {v->val + (size_t)i * col->width, col->width};

        if (sl_pq_compare(col->chunk->order, x, r->min) < 0)
            r->min = x;
        if (sl_pq_compare(col->chunk->order, x, r->max) > 0)
            r->max = x;
    }
}

/* ---- comparing and cutting ------------------------------------------------------------------- */

#define COMPARE(type)                                                                              \
    do {                                                                                           \
        type x, y;                                                                                 \
        memcpy(&x, a.ptr, sizeof(x));                                                              \
        memcpy(&y, b.ptr, sizeof(y));                                                              \
        return x < y ? -1 : x > y;                                                                 \
    } while (0)

int sl_pq_compare(sl_pq_order order, sl_pq_bytes a, sl_pq_bytes b)
{
    switch (order) {
    case SL_PQ_O_BOOL:
        COMPARE(uint8_t);
    case SL_PQ_O_I32:
        COMPARE(int32_t);
    case SL_PQ_O_U32:
        COMPARE(uint32_t);
    case SL_PQ_O_I64:
        COMPARE(int64_t);
    case SL_PQ_O_U64:
        COMPARE(uint64_t);
    case SL_PQ_O_F32:
        COMPARE(float);
    case SL_PQ_O_F64:
        COMPARE(double);
    case SL_PQ_O_SIGNED:
        return compare_signed(a, b);
    default:
        return compare_bytes(a, b);
    }
}

static int is_tail(uint8_t b)
{
    return (b & 0xc0) == 0x80;
}

/* Longest prefix of at most MOST bytes that ends between characters. */
static size_t cut_text(sl_pq_bytes v, size_t most)
{
    size_t n = most;

    while (n > 0 && most - n < 4 && is_tail(v.ptr[n]))
        n--;
    return is_tail(v.ptr[n]) ? most : n; /* not UTF-8: cut anywhere */
}

size_t sl_pq_cut_min(sl_pq_order order, sl_pq_bytes value, uint8_t *exact)
{
    *exact = value.len <= SL_PQ_BOUND_CUT || order >= SL_PQ_O_FIXED;
    if (*exact)
        return value.len;
    return order == SL_PQ_O_TEXT ? cut_text(value, SL_PQ_BOUND_CUT) : SL_PQ_BOUND_CUT;
}

/* Raise the last byte of P[0..n) that can be; gives the new length, 0 when none can. */
static size_t raise_bytes(uint8_t *p, size_t n)
{
    while (n > 0 && p[n - 1] == 0xff)
        n--;
    if (n > 0)
        p[n - 1]++;
    return n;
}

static uint32_t decode_char(const uint8_t *p, size_t len)
{
    static const uint8_t FIRST_MASK[5] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t ch = p[0] & FIRST_MASK[len];
    size_t i;

    for (i = 1; i < len; i++)
        ch = ch << 6 | (p[i] & 0x3fu);
    return ch;
}

static size_t encode_char(uint8_t *p, uint32_t ch)
{
    static const uint8_t FIRST_BITS[5] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t n = ch < 0x80 ? 1 : ch < 0x800 ? 2 : ch < 0x10000 ? 3 : 4;
    size_t i;

    for (i = n; i > 1; i--, ch >>= 6)
        p[i - 1] = (uint8_t)(0x80 | (ch & 0x3f));
    p[0] = (uint8_t)(FIRST_BITS[n] | ch);
    return n;
}

/* Raise the last character of P[0..n) that can be; a character may become one byte longer, for
 * which P has room. Gives the new length, 0 when none can. */
static size_t raise_text(uint8_t *p, size_t n)
{
    while (n > 0) {
        size_t start = n - 1;
        uint32_t ch;

        while (start > 0 && n - start < 4 && is_tail(p[start]))
            start--;
        ch = decode_char(p + start, n - start);
        if (ch < 0x10ffff) {
            ch = ch == 0xd7ff ? 0xe000 : ch + 1;
            return start + encode_char(p + start, ch);
        }
        n = start;
    }
    return 0;
}

size_t sl_pq_cut_max(sl_pq_order order, sl_pq_bytes value, uint8_t *out, uint8_t *exact)
{
    size_t n;

    *exact = 1;
    if (value.len <= SL_PQ_BOUND_CUT || order >= SL_PQ_O_FIXED) {
        if (value.len)
            memcpy(out, value.ptr, value.len);
        return value.len;
    }
    n = order == SL_PQ_O_TEXT ? cut_text(value, SL_PQ_BOUND_CUT) : SL_PQ_BOUND_CUT;
    memcpy(out, value.ptr, n);
    n = order == SL_PQ_O_TEXT ? raise_text(out, n) : raise_bytes(out, n);
    if (n > 0 && compare_bytes((sl_pq_bytes){out, n}, value) > 0) {
        *exact = 0;
        return n;
    }
    if (value.len > SL_PQ_BOUND_MOST)
        return SIZE_MAX;
    memcpy(out, value.ptr, value.len);
    return value.len;
}

/* ---- pages ----------------------------------------------------------------------------------- */

static int note_bounds(sl_pq_chunk *c, sl_pq_page *page, sl_pq_bytes min, sl_pq_bytes max)
{
    size_t n;
    int rc = sl_pq_buf_room(&c->bounds, 2 * SL_PQ_BOUND_MOST + 8);

    if (rc)
        return rc;
    n = sl_pq_cut_min(c->order, min, &page->min_exact);
    page->min_at = (uint32_t)c->bounds.len;
    page->min_len = (uint32_t)n;
    memcpy(c->bounds.ptr + c->bounds.len, min.ptr, n);
    n += c->bounds.len;
    page->max_at = (uint32_t)n;
    c->bounds.len = n;
    n = sl_pq_cut_max(c->order, max, c->bounds.ptr + n, &page->max_exact);
    if (n == SIZE_MAX)
        return SL_PQ_OK;
    page->max_len = (uint32_t)n;
    page->has_bounds = 1;
    c->bounds.len += n;
    return SL_PQ_OK;
}

int sl_pq_stats_page(sl_pq_column *col, const sl_pq_view *v, sl_pq_page *page)
{
    sl_pq_chunk *c = col->chunk;
    range r;
    uint8_t lo[8], hi[8];
    int rc = SL_PQ_OK;

    if (v->nval == 0 || col->width > SL_PQ_BOUND_MOST)
        return SL_PQ_OK;
    if (c->order < SL_PQ_O_TEXT) {
        r.min.ptr = lo;
        r.max.ptr = hi;
        r.min.len = r.max.len = col->width;
        if (!scan_number(c, v, lo, hi))
            return SL_PQ_OK;
    } else if (col->width) {
        range_fixed(col, v, &r);
    } else if (v->index) {
        rc = range_dict(col, v, &r);
    } else {
        range_plain(v, &r);
    }
    return rc ? rc : note_bounds(c, page, r.min, r.max);
}
