/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/parquet/lib/parquet.h - write Parquet files from columns.
 *
 * A schema is a tree of groups and leaves. A writer is made for it, values are appended column by
 * column through the inline functions of column.h, and sl_pq_rows() says that every column holds
 * that many more rows. Pages are encoded and compressed while the rows come in, a row group is
 * handed to the output as soon as it is full, and nothing is ever read back or overwritten: the
 * output may be a pipe. Memory is one row group of encoded bytes.
 *
 *     sl_pq_schema *schema = sl_pq_schema_new(&memory);
 *     sl_pq_field field = {.name = "id", .name_len = 2, .kind = SL_PQ_INT64, .id = -1};
 *     rc = sl_pq_schema_add(schema, SL_PQ_ROOT, &field, &node);
 *     rc = sl_pq_writer_open(schema, &options, &output, &writer);
 *     column = sl_pq_writer_column(writer, node);
 *     for (...)
 *         rc = sl_pq_add_i64(column, 0, value);
 *     rc = sl_pq_rows(writer, n);
 *     rc = sl_pq_writer_finish(writer);
 *
 * Threads: an object is used by one thread at a time; different objects are independent. There is
 * no global state. Bytes given to the library are copied.
 */
#ifndef SL_PARQUET_PARQUET_H
#define SL_PARQUET_PARQUET_H

#include <stddef.h>
#include <stdint.h>

#define SL_PQ_OK       0
#define SL_PQ_E_NOMEM  (-1) /* the allocator gave NULL, or a codec found no memory */
#define SL_PQ_E_OUTPUT (-2) /* the output callback failed */
#define SL_PQ_E_SCHEMA (-3) /* the schema is not one that Parquet can hold */
#define SL_PQ_E_LIMIT  (-4) /* a value or a page is larger than the format can hold */
#define SL_PQ_E_USE    (-5) /* called in the wrong order, or columns differ in rows */

#define SL_PQ_ROOT  0u /* the node that stands for the row */
#define SL_PQ_NO_ID (-1)

/* Bytes that must be readable (of any content) behind every byte string that is appended. */
#define SL_PQ_PAD 16u

/* Memory of the caller. A block moves as with realloc; the old one stays valid when resize gives
 * NULL. release(NULL) is never called. */
typedef struct sl_pq_memory {
    void *ctx;
    /* [any] Give BYTES (> 0) bytes aligned for any type, or NULL. */
    void *(*alloc)(void *ctx, size_t bytes);
    /* [any] Change the size of MEM, which is not NULL. */
    void *(*resize)(void *ctx, void *mem, size_t bytes);
    /* [any] Release what alloc or resize gave. */
    void (*release)(void *ctx, void *mem);
} sl_pq_memory;

/* Where the file goes. */
typedef struct sl_pq_output {
    void *ctx;
    /* [any] Append LEN bytes (borrowed for the call). 0, or anything else when it failed; the
     * writer is then broken and answers SL_PQ_E_OUTPUT from there on. */
    int (*append)(void *ctx, const void *bytes, size_t len);
} sl_pq_output;

typedef enum sl_pq_kind {
    SL_PQ_STRUCT,
    SL_PQ_LIST, /* its one child is the element */
    SL_PQ_MAP,  /* its children are the key, which is required, then the value */
    SL_PQ_BOOL,
    SL_PQ_INT8,
    SL_PQ_INT16,
    SL_PQ_INT32,
    SL_PQ_INT64,
    SL_PQ_UINT8,
    SL_PQ_UINT16,
    SL_PQ_UINT32,
    SL_PQ_UINT64,
    SL_PQ_FLOAT,
    SL_PQ_DOUBLE,
    SL_PQ_DECIMAL, /* precision 1..38: up to 9 digits as i32, up to 18 as i64, else fixed */
    SL_PQ_STRING,  /* UTF-8 */
    SL_PQ_ENUM,    /* UTF-8 */
    SL_PQ_JSON,    /* UTF-8 */
    SL_PQ_BYTES,
    SL_PQ_FIXED,   /* length bytes each */
    SL_PQ_UUID,    /* 16 bytes, big-endian */
    SL_PQ_DATE,    /* i32, days since 1970 */
    SL_PQ_TIME_MS, /* i32 since midnight; the others i64 */
    SL_PQ_TIME_US,
    SL_PQ_TIME_NS,
    SL_PQ_TIMESTAMP_MS, /* i64 since 1970, a wall clock of no zone */
    SL_PQ_TIMESTAMP_US,
    SL_PQ_TIMESTAMP_NS,
    SL_PQ_TIMESTAMPTZ_MS, /* i64 since 1970 UTC, an instant */
    SL_PQ_TIMESTAMPTZ_US,
    SL_PQ_TIMESTAMPTZ_NS,
    SL_PQ_NULL, /* optional leaf that is always null */
    SL_PQ_KINDS
} sl_pq_kind;

/* One node of the schema. */
typedef struct sl_pq_field {
    const char *name; /* UTF-8; not used for an element, a key or a value */
    uint32_t name_len;
    sl_pq_kind kind;
    int32_t required;  /* 0: may be null */
    int32_t id;        /* field_id, or SL_PQ_NO_ID */
    int32_t precision; /* of a decimal */
    int32_t scale;     /* of a decimal */
    int32_t length;    /* of SL_PQ_FIXED */
} sl_pq_field;

typedef enum sl_pq_codec {
    SL_PQ_NONE,
    SL_PQ_SNAPPY,
    SL_PQ_GZIP,
    SL_PQ_LZ4_RAW,
    SL_PQ_ZSTD,
    SL_PQ_CODECS
} sl_pq_codec;

typedef struct sl_pq_options {
    sl_pq_codec codec;
    int32_t level;             /* zstd 1..19, gzip 1..9; 0: the codec's default, 1 for zstd */
    uint32_t row_group_rows;   /* 0: 131072 */
    uint64_t row_group_bytes;  /* closes a group in any case; 0: 128 MiB */
    uint64_t row_group_least;  /* encoded bytes below which rows don't close it; 0: 8 MiB */
    uint32_t page_rows;        /* 0: 20000 */
    uint32_t page_bytes;       /* 0: 1 MiB */
    uint32_t dictionary_bytes; /* 0: 1 MiB */
    uint32_t is_without_dictionary;
    uint32_t is_without_crc;
    uint32_t is_manual;     /* sl_pq_rows never closes the row group: see sl_pq_writer_is_full */
    const char *created_by; /* borrowed for the call; NULL: "sluice version 0.0.0 (build none)" */
} sl_pq_options;

typedef struct sl_pq_schema sl_pq_schema;
typedef struct sl_pq_writer sl_pq_writer;
typedef struct sl_pq_column sl_pq_column;

typedef struct sl_pq_bytes {
    const uint8_t *ptr;
    size_t len;
} sl_pq_bytes;

/* ---- schema -------------------------------------------------------------------------------- */

/* [any] Give an empty schema, which is the root alone; NULL when out of memory. MEMORY is copied
 * and used for all that is made from this schema. */
sl_pq_schema *sl_pq_schema_new(const sl_pq_memory *memory);

/* [any] Free SCHEMA, which no writer uses any more. NULL is fine. */
void sl_pq_schema_free(sl_pq_schema *schema);

/* [any] Add FIELD as the last child of group PARENT and give its number in NODE (may be NULL).
 * A leaf may be added while a writer runs, until its first row group is written out: see
 * sl_pq_writer_column. SL_PQ_E_SCHEMA: a parent that is a leaf, a third child of a map, a name
 * that a sibling has, a length or precision out of range, nesting above 255 levels. */
int sl_pq_schema_add(sl_pq_schema *schema, uint32_t parent, const sl_pq_field *field,
                     uint32_t *node);

/* [any] The definition level of an entry for which NODE is there and not null. */
uint32_t sl_pq_schema_def(const sl_pq_schema *schema, uint32_t node);

/* [any] The repetition level of a second and later element below NODE (a list or a map): lists
 * and maps from the root to NODE, itself included. */
uint32_t sl_pq_schema_rep(const sl_pq_schema *schema, uint32_t node);

/* ---- writer -------------------------------------------------------------------------------- */

/* [any] Start a file. SCHEMA is borrowed until the writer is freed, OPTIONS (NULL: defaults) for
 * the call, OUTPUT is copied. Writes the magic. Gives WRITER. */
int sl_pq_writer_open(sl_pq_schema *schema, const sl_pq_options *options,
                      const sl_pq_output *output, sl_pq_writer **writer);

/* [any] Free WRITER, finished or not. NULL is fine. */
void sl_pq_writer_free(sl_pq_writer *writer);

/* [any] The column of leaf NODE, borrowed until the writer is freed; NULL when NODE is no leaf,
 * was added after the first row group was written, or memory is short. A leaf that was added
 * later starts without rows: the caller appends an entry (of null) for each row, and each element
 * of a list around it, that the other columns have. */
sl_pq_column *sl_pq_writer_column(sl_pq_writer *writer, uint32_t node);

/* [any] Every column has N more whole rows. Closes the row group when it is full, unless the
 * options say is_manual. SL_PQ_E_USE when a column has other rows than the sum so far. */
int sl_pq_rows(sl_pq_writer *writer, uint32_t n);

/* [any] Is the row group due, by rows or by bytes? */
int sl_pq_writer_is_full(sl_pq_writer *writer);

/* [any] Rows that may still be appended before the row group would be due by its number of rows;
 * at least 1. To cut row groups exactly there, call sl_pq_rows at that point. */
uint32_t sl_pq_writer_room(const sl_pq_writer *writer);

/* [any] Close the row group now. Nothing happens when it has no rows. */
int sl_pq_writer_flush(sl_pq_writer *writer);

/* [any] Put KEY and VALUE in the footer; VALUE may hold any UTF-8. Until finish. */
int sl_pq_writer_metadata(sl_pq_writer *writer, const char *key, const char *value,
                          size_t value_len);

/* [any] Flush, then write page indexes, footer and magic. Only sl_pq_writer_bytes, _totals and
 * _free may follow. */
int sl_pq_writer_finish(sl_pq_writer *writer);

/* [any] Bytes handed to the output so far. */
uint64_t sl_pq_writer_bytes(const sl_pq_writer *writer);

/* [any] Bytes of the open row group: encoded pages and what the open pages hold. */
uint64_t sl_pq_writer_pending(const sl_pq_writer *writer);

/* [any] Rows of the row groups written, and of the open one. */
uint64_t sl_pq_writer_rows(const sl_pq_writer *writer);

/* [any] Number of row groups written out. */
uint32_t sl_pq_writer_groups(const sl_pq_writer *writer);

/* What a finished file holds of a leaf. */
typedef struct sl_pq_stats {
    uint64_t nulls; /* nulls, and empty lists on the way */
    uint32_t has_bounds;
    sl_pq_bytes min; /* PLAIN bytes, without a length; cut as in the file */
    sl_pq_bytes max;
} sl_pq_stats;

/* [any] Statistics of leaf NODE over all row groups written, into OUT; its bytes are borrowed until
 * the writer is freed. Nothing is known (nulls 0, no bounds) of what is no leaf. */
void sl_pq_writer_stats(const sl_pq_writer *writer, uint32_t node, sl_pq_stats *out);

/* Appending: sl_pq_add_*. */
#include "plugins/parquet/lib/column.h"

#endif
