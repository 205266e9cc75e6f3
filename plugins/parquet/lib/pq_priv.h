/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/parquet/lib/pq_priv.h - what the parts of the library share.
 *
 * schema.c owns nodes; writer.c owns columns, row groups and the file; column.c fills the open
 * page; page.c turns it into bytes of the chunk; dict.c keeps dictionaries; stats.c finds bounds;
 * footer.c writes what stands at the end.
 */
#ifndef SL_PARQUET_PQ_PRIV_H
#define SL_PARQUET_PQ_PRIV_H

#include "plugins/parquet/lib/buf.h"
#include "plugins/parquet/lib/codec.h"
#include "plugins/parquet/lib/parquet.h"
#include "plugins/parquet/lib/thrift.h"

/* Type of the format. */
#define SL_PQ_P_BOOL   0
#define SL_PQ_P_INT32  1
#define SL_PQ_P_INT64  2
#define SL_PQ_P_FLOAT  4
#define SL_PQ_P_DOUBLE 5
#define SL_PQ_P_BYTES  6
#define SL_PQ_P_FIXED  7

/* Encoding of the format. */
#define SL_PQ_E_PLAIN    0
#define SL_PQ_E_RLE      3
#define SL_PQ_E_RLE_DICT 8

/* How values of a column compare. */
typedef enum sl_pq_order {
    SL_PQ_O_BOOL,
    SL_PQ_O_I32,
    SL_PQ_O_U32,
    SL_PQ_O_I64,
    SL_PQ_O_U64,
    SL_PQ_O_F32,
    SL_PQ_O_F64,
    SL_PQ_O_TEXT,   /* unsigned bytes, cut at characters */
    SL_PQ_O_BYTES,  /* unsigned bytes */
    SL_PQ_O_FIXED,  /* unsigned bytes of one width, never cut: readers expect whole values */
    SL_PQ_O_SIGNED, /* big-endian two's complement of one width */
    SL_PQ_O_NONE
} sl_pq_order;

#define SL_PQ_DEPTH_MAX  255u
#define SL_PQ_BOUND_CUT  64u   /* bytes of a bound that are kept */
#define SL_PQ_BOUND_MOST 4096u /* ... of a maximum that can't be raised */

typedef struct sl_pq_node {
    char *name; /* name_len bytes */
    sl_pq_field field;
    uint32_t parent;
    uint32_t child; /* first, SL_PQ_EMPTY: none */
    uint32_t last;  /* child */
    uint32_t next;  /* sibling */
    uint32_t children;
    uint32_t def; /* level when it is there and not null */
    uint32_t rep; /* level of a repetition around it */
    int32_t physical;
    uint32_t width; /* bytes of a value; 0: byte strings */
    sl_pq_order order;
} sl_pq_node;

struct sl_pq_schema {
    sl_pq_memory mem;
    sl_pq_node *node;
    uint32_t count;
    uint32_t cap;
};

/* A page that was encoded into the chunk. */
typedef struct sl_pq_page {
    uint64_t at; /* in the chunk's pages */
    uint32_t bytes;
    uint32_t rows;
    uint64_t nulls;
    uint64_t unencoded; /* bytes of its byte strings */
    uint32_t min_at;    /* bounds, in the chunk's bounds */
    uint32_t min_len;
    uint32_t max_at;
    uint32_t max_len;
    uint8_t has_bounds;
    uint8_t is_null; /* has no value */
    uint8_t min_exact;
    uint8_t max_exact;
} sl_pq_page;

/* What a column keeps beside its open page. */
typedef struct sl_pq_chunk {
    sl_pq_writer *writer;
    uint32_t node;
    uint32_t rep_max;
    int32_t physical;
    sl_pq_order order;
    uint32_t lev_limit; /* entries at which the page is due */
    uint32_t is_held;   /* values stay unencoded until the group closes */
    size_t val_cap;
    sl_pq_buf pages;  /* encoded pages */
    sl_pq_buf info;   /* sl_pq_page each */
    sl_pq_buf bounds; /* bounds of pages */
    sl_pq_buf levels; /* uint64_t counts per page: rep_max + 1, def_max + 1 */
    uint64_t rows;    /* in encoded pages */
    uint64_t values;  /* entries in encoded pages */
    uint64_t nulls;
    uint64_t nans;
    uint64_t raw_bytes; /* of headers and uncompressed pages */
    uint64_t unencoded;
    uint32_t dict_pages; /* pages that refer to the dictionary */
    uint32_t plain_pages;
    sl_pq_effort effort;      /* of data pages */
    sl_pq_effort dict_effort; /* of dictionary pages */
    /* dictionary */
    uint32_t dict_count;
    uint32_t is_dict_tried; /* numbers: build one for the open page */
    uint32_t dict_skip;     /* row groups that go without */
    size_t dict_len;
    size_t dict_cap;
    uint64_t dict_values; /* values in pages that refer to it */
    sl_pq_buf dict_at;    /* uint32_t place in dict of each entry of a byte column */
    uint32_t *num_slot;   /* numbers: hash table of entry numbers */
    uint32_t num_cap;
    uint32_t slot_cap;
    /* of all row groups written */
    uint64_t file_nulls;
    sl_pq_buf file_min;
    sl_pq_buf file_max;
    uint32_t has_file_bounds; /* no row group had values without bounds */
    uint32_t has_file_values;
} sl_pq_chunk;

/* A stretch of a column that becomes one page. */
typedef struct sl_pq_view {
    const uint8_t *def;
    const uint8_t *rep;
    const uint8_t *val;
    const uint32_t *index; /* NULL: val holds the values */
    size_t val_len;
    uint32_t nlev;
    uint32_t nval;
    uint32_t rows;
} sl_pq_view;

/* A chunk that was written, and where its indexes stand. */
typedef struct sl_pq_written {
    uint64_t meta_at; /* its ColumnMetaData, in writer->meta */
    uint64_t meta_len;
    uint64_t ci_at;  /* its ColumnIndex, in writer->indexes */
    uint64_t ci_len; /* 0: none */
    uint64_t oi_at;
    uint64_t oi_len;
    uint64_t ci_file; /* place in the file, known at the end */
    uint64_t oi_file;
} sl_pq_written;

typedef struct sl_pq_group {
    uint64_t rows;
    uint64_t raw_bytes;
    uint64_t bytes;
    uint64_t file_at;
} sl_pq_group;

struct sl_pq_writer {
    sl_pq_memory mem;
    sl_pq_schema *schema; /* borrow */
    sl_pq_options options;
    sl_pq_output output;
    sl_pq_packer packer;
    int rc; /* the first failure */
    uint32_t is_finished;
    uint64_t bytes;        /* written */
    uint64_t rows;         /* of groups written */
    uint64_t group_rows;   /* of the open one */
    uint64_t encoded;      /* bytes of the open one */
    uint64_t check_rows;   /* group_rows at which sizes are summed again */
    sl_pq_column **column; /* by node, NULL: not a leaf */
    uint32_t column_cap;
    uint32_t *leaf; /* nodes of the columns in order of the schema */
    uint32_t leaves;
    sl_pq_buf raw;    /* scratch: a page body */
    sl_pq_buf packed; /* scratch: the same, compressed */
    sl_pq_buf spare;  /* scratch: the same at another level */
    sl_pq_buf head;   /* scratch: a page header */
    sl_pq_buf index;  /* scratch: uint32_t dictionary numbers */
    sl_pq_buf seen;   /* scratch: a byte per dictionary entry */
    sl_pq_buf meta;
    sl_pq_buf indexes;
    sl_pq_buf written; /* sl_pq_written each */
    sl_pq_buf groups;  /* sl_pq_group each */
    sl_pq_buf kv;      /* key, NUL, 8-byte length, value */
    uint32_t kv_count;
    char created_by[128];
};

/* schema.c */

/* [any] The leaves of SCHEMA in order, into LEAF (may be NULL). Gives their number. */
uint32_t sl_pq_schema_leaves(const sl_pq_schema *schema, uint32_t *leaf);

/* [any] Write SchemaElements as field 2 of FileMetaData. */
void sl_pq_schema_put(const sl_pq_schema *schema, sl_pq_thrift *t);

/* [any] Write path_in_schema of LEAF as field ID. */
void sl_pq_schema_put_path(const sl_pq_schema *schema, uint32_t leaf, uint32_t id, sl_pq_thrift *t);

/* [any] Set what follows from the kind of a leaf. */
void sl_pq_node_set_type(sl_pq_node *node);

/* column.c */

/* [any] Give a column for leaf NODE; NULL when short. */
sl_pq_column *sl_pq_column_new(sl_pq_writer *writer, uint32_t node);

/* [any] Free COL. NULL is fine. */
void sl_pq_column_free(sl_pq_column *col);

/* [any] Encode what is open. */
int sl_pq_column_drain(sl_pq_column *col);

/* [any] Forget the row group; the next begins. */
int sl_pq_column_restart(sl_pq_column *col);

/* [any] Bytes of memory that the open page fills. */
uint64_t sl_pq_column_open_bytes(const sl_pq_column *col);

/* [any] Grow val to hold BYTES and some to spare. */
int sl_pq_column_grow_val(sl_pq_column *col, size_t bytes);

/* dict.c */

/* [any] Start a row group: with a dictionary, if the column should have one. */
int sl_pq_dict_begin(sl_pq_column *col);

/* [any] Turn the numbers of the open page back into values and go on without a dictionary. */
int sl_pq_dict_give_up(sl_pq_column *col);

/* [any] Is the dictionary of a byte column worth keeping after the open page? */
int sl_pq_dict_pays(const sl_pq_column *col);

/* [any] Numbers of V's values into the writer's index scratch. Gives 1 when the page should refer
 * to the dictionary, 0 when not, or a failure. */
int sl_pq_dict_numbers(sl_pq_column *col, const sl_pq_view *v);

/* [any] Free the tables. */
void sl_pq_dict_fini(sl_pq_column *col);

/* page.c */

/* [any] Encode V as a page of COL's chunk. */
int sl_pq_page_put(sl_pq_column *col, const sl_pq_view *v);

/* [any] Append a dictionary page for COL to OUT; counts its raw bytes. */
int sl_pq_page_put_dict(sl_pq_column *col, sl_pq_buf *out);

/* stats.c */

/* [any] Find the bounds of V, whose values are numbers of the dictionary when INDEX is not NULL,
 * and note them in PAGE. */
int sl_pq_stats_page(sl_pq_column *col, const sl_pq_view *v, sl_pq_page *page);

/* [any] Compare two bounds: < 0, 0, > 0. */
int sl_pq_compare(sl_pq_order order, sl_pq_bytes a, sl_pq_bytes b);

/* [any] Bytes of VALUE to keep as a minimum; EXACT says whether that is all of it. */
size_t sl_pq_cut_min(sl_pq_order order, sl_pq_bytes value, uint8_t *exact);

/* [any] Write what to keep as a maximum into OUT (SL_PQ_BOUND_MOST bytes) and give its length;
 * SIZE_MAX when there is no such bound. */
size_t sl_pq_cut_max(sl_pq_order order, sl_pq_bytes value, uint8_t *out, uint8_t *exact);

/* footer.c */

/* [any] Encode metadata and indexes of COL's chunk, which begins at FILE_AT with DICT_BYTES of
 * dictionary page (0: none), and note them. */
int sl_pq_footer_chunk(sl_pq_column *col, uint64_t file_at, uint64_t dict_bytes);

/* [any] Write page indexes, footer and magic. */
int sl_pq_footer_put(sl_pq_writer *writer);

/* writer.c */

/* [any] Hand LEN bytes to the output. */
int sl_pq_writer_append(sl_pq_writer *writer, const void *bytes, size_t len);

#endif
