/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/parquet/lib/thrift.c - encode structs in Thrift's compact protocol.
 *
 * A field is a byte of (distance to the last field's number, type), with the number in full when
 * the distance is above 15. Numbers are zig-zag varints; a bool lives in the type itself.
 */
#include "plugins/parquet/lib/thrift.h"

static void put(sl_pq_thrift *t, const void *ptr, size_t len)
{
    int rc = sl_pq_buf_add(t->out, ptr, len);

    if (rc && !t->rc)
        t->rc = rc;
}

static void put_byte(sl_pq_thrift *t, uint32_t v)
{
    uint8_t b = (uint8_t)v;

    put(t, &b, 1);
}

static void put_varint(sl_pq_thrift *t, uint64_t v)
{
    uint8_t b[10];
    size_t n = 0;

    while (v >= 0x80) {
        b[n++] = (uint8_t)(v | 0x80);
        v >>= 7;
    }
    b[n++] = (uint8_t)v;
    put(t, b, n);
}

static void put_int(sl_pq_thrift *t, int64_t v)
{
    put_varint(t, ((uint64_t)v << 1) ^ (uint64_t)(v >> 63));
}

static void put_bin(sl_pq_thrift *t, const void *ptr, size_t len)
{
    put_varint(t, len);
    put(t, ptr, len);
}

static void field(sl_pq_thrift *t, uint32_t id, uint32_t type)
{
    uint32_t step = id - t->last[t->depth];

    if (step >= 1 && step <= 15) {
        put_byte(t, step << 4 | type);
    } else {
        put_byte(t, type);
        put_int(t, (int64_t)id);
    }
    t->last[t->depth] = id;
}

void sl_pq_t_init(sl_pq_thrift *t, sl_pq_buf *out)
{
    memset(t, 0, sizeof(*t));
    t->out = out;
}

void sl_pq_t_int(sl_pq_thrift *t, uint32_t id, uint32_t type, int64_t v)
{
    field(t, id, type);
    put_int(t, v);
}

void sl_pq_t_byte(sl_pq_thrift *t, uint32_t id, int8_t v)
{
    field(t, id, SL_PQ_T_BYTE);
    put_byte(t, (uint8_t)v);
}

void sl_pq_t_bool(sl_pq_thrift *t, uint32_t id, int v)
{
    field(t, id, v ? SL_PQ_T_TRUE : SL_PQ_T_FALSE);
}

void sl_pq_t_bin(sl_pq_thrift *t, uint32_t id, const void *ptr, size_t len)
{
    field(t, id, SL_PQ_T_BINARY);
    put_bin(t, ptr, len);
}

void sl_pq_t_text(sl_pq_thrift *t, uint32_t id, const char *text)
{
    sl_pq_t_bin(t, id, text, strlen(text));
}

void sl_pq_t_item_begin(sl_pq_thrift *t)
{
    if (t->depth + 1 >= SL_PQ_T_DEPTH) {
        t->rc = SL_PQ_E_USE;
        return;
    }
    t->last[++t->depth] = 0;
}

void sl_pq_t_begin(sl_pq_thrift *t, uint32_t id)
{
    field(t, id, SL_PQ_T_STRUCT);
    sl_pq_t_item_begin(t);
}

void sl_pq_t_end(sl_pq_thrift *t)
{
    put_byte(t, 0);
    if (t->depth)
        t->depth--;
}

void sl_pq_t_list(sl_pq_thrift *t, uint32_t id, uint32_t type, uint32_t n)
{
    field(t, id, SL_PQ_T_LIST);
    if (n < 15) {
        put_byte(t, n << 4 | type);
    } else {
        put_byte(t, 0xf0 | type);
        put_varint(t, n);
    }
}

void sl_pq_t_item_int(sl_pq_thrift *t, int64_t v)
{
    put_int(t, v);
}

void sl_pq_t_item_bool(sl_pq_thrift *t, int v)
{
    put_byte(t, v ? SL_PQ_T_TRUE : SL_PQ_T_FALSE);
}

void sl_pq_t_item_bin(sl_pq_thrift *t, const void *ptr, size_t len)
{
    put_bin(t, ptr, len);
}

void sl_pq_t_raw_struct(sl_pq_thrift *t, uint32_t id, const void *ptr, size_t len)
{
    field(t, id, SL_PQ_T_STRUCT);
    put(t, ptr, len);
}
