/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/parquet/lib/thrift.h - encode structs in Thrift's compact protocol.
 *
 * Fields are written in ascending order of their number. The first failure (memory) sticks: the
 * encoder may go on, and the caller looks at rc once, at the end.
 */
#ifndef SL_PARQUET_THRIFT_H
#define SL_PARQUET_THRIFT_H

#include "plugins/parquet/lib/buf.h"

#define SL_PQ_T_TRUE   1u
#define SL_PQ_T_FALSE  2u
#define SL_PQ_T_BYTE   3u
#define SL_PQ_T_I16    4u
#define SL_PQ_T_I32    5u
#define SL_PQ_T_I64    6u
#define SL_PQ_T_BINARY 8u
#define SL_PQ_T_LIST   9u
#define SL_PQ_T_STRUCT 12u
#define SL_PQ_T_DEPTH  12u

typedef struct sl_pq_thrift {
    sl_pq_buf *out; /* borrow: appended to */
    int rc;
    uint32_t depth;
    uint32_t last[SL_PQ_T_DEPTH]; /* number of the last field at each depth */
} sl_pq_thrift;

/* [any] Start in the middle of no struct; appends to OUT, borrowed while T is used. */
void sl_pq_t_init(sl_pq_thrift *t, sl_pq_buf *out);

/* [any] Field ID: a signed number of TYPE SL_PQ_T_I16, I32 or I64. */
void sl_pq_t_int(sl_pq_thrift *t, uint32_t id, uint32_t type, int64_t v);

/* [any] Field ID: one byte. */
void sl_pq_t_byte(sl_pq_thrift *t, uint32_t id, int8_t v);

/* [any] Field ID: a truth value. */
void sl_pq_t_bool(sl_pq_thrift *t, uint32_t id, int v);

/* [any] Field ID: LEN bytes. */
void sl_pq_t_bin(sl_pq_thrift *t, uint32_t id, const void *ptr, size_t len);

/* [any] Field ID: text that ends with NUL. */
void sl_pq_t_text(sl_pq_thrift *t, uint32_t id, const char *text);

/* [any] Field ID: a struct, whose fields follow until end. */
void sl_pq_t_begin(sl_pq_thrift *t, uint32_t id);

/* [any] End the struct. */
void sl_pq_t_end(sl_pq_thrift *t);

/* [any] Field ID: a list of N items of TYPE, which follow. */
void sl_pq_t_list(sl_pq_thrift *t, uint32_t id, uint32_t type, uint32_t n);

/* [any] An item of a list: a signed number, of any width. */
void sl_pq_t_item_int(sl_pq_thrift *t, int64_t v);

/* [any] An item of a list: a truth value. */
void sl_pq_t_item_bool(sl_pq_thrift *t, int v);

/* [any] An item of a list: LEN bytes. */
void sl_pq_t_item_bin(sl_pq_thrift *t, const void *ptr, size_t len);

/* [any] An item of a list: a struct, whose fields follow until end. Also the outermost struct. */
void sl_pq_t_item_begin(sl_pq_thrift *t);

/* [any] Field ID: a struct that was encoded before, with its end. */
void sl_pq_t_raw_struct(sl_pq_thrift *t, uint32_t id, const void *ptr, size_t len);

#endif
