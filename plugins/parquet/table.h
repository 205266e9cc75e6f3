/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/parquet/table.h - a file in the making: which variants are its columns, and their levels.
 *
 * Until its first row group is written out a file takes new columns: it then has grown, its
 * earlier rows are null there. For that, each struct and list keeps a log of the levels that its
 * entries had. When the first row group is due the file is settled: paths that were only {} or []
 * get their columns, every column that the schema knows is there, and the logs go.
 *
 * check.c looks at rows before any of them is taken, shred.c takes them. All of it runs on [inst].
 */
#ifndef SL_PARQUET_TABLE_H
#define SL_PARQUET_TABLE_H

#include "plugins/parquet/lib/parquet.h"
#include "plugins/writer/lib/writer.h"

#include "schema.h"

#define SL_PW_CHUNK 128u  /* rows taken at once */
#define SL_PW_SLOTS 1024u /* slots that an edge has at most; others are walked to */

/* Levels of the entries of a struct or list. */
typedef struct sl_pw_log {
    uint8_t *def;
    uint8_t *rep; /* NULL: all 0 */
    uint32_t count;
    uint32_t cap;
} sl_pw_log;

/* What a file has of a variant. */
typedef struct sl_pw_column {
    sl_pq_column *col;   /* of a leaf; of a map that was settled, the key's */
    sl_pq_column *value; /* of such a map, the value's */
    sl_pw_log log;
    uint32_t node; /* in the file's schema; 0: none yet */
    uint32_t is_open;
    sl_pw_type type; /* may be older than the variant's: see sl_pw_file_refresh */
    int32_t scale;
} sl_pw_column;

/* The rows at hand. */
typedef struct sl_pw_rows {
    sl_batch *batch;
    uint32_t n;
    uint32_t row[SL_PW_CHUNK];
    uint16_t from[SL_PW_CHUNK];  /* place of the row in the chunk as it was given */
    uint8_t is_bad[SL_PW_CHUNK]; /* by place: it can't be held and goes to dead letters */
    uint32_t bad;
    uint32_t is_dry;             /* checking makes nothing */
    uint8_t zero[SL_PW_CHUNK];   /* level of the root */
    uint16_t kinds[SL_PW_SLOTS]; /* by slot: kinds of values in the chunk */
    sl_pq_bytes text[SL_PW_CHUNK];
    uint64_t number[SL_PW_CHUNK];
    uint8_t def[SL_PW_CHUNK];
    uint8_t choice[SL_PW_CHUNK];
} sl_pw_rows;

struct sl_format {
    const sl_files_env *env;
    const sl_path *all; /* the path "*" */
    const sl_paths *paths;
    sl_pw_schema schema;
    sl_pq_options options;
    sl_pq_memory memory;
    uint32_t is_bound; /* partition columns are known */
    sl_pw_rows rows;
    char created_by[96];
};

struct sl_format_file {
    struct sl_format *format;
    sl_files_out *out;
    sl_pq_schema *schema;
    sl_pq_writer *writer;
    sl_pw_column *column; /* by id of the variant */
    uint32_t column_cap;
    uint32_t is_fixed; /* a row group is written: no new columns */
    uint32_t retyped;  /* of the schema, when types were last looked at */
    uint32_t is_broken;
    uint64_t rows;
    uint8_t *text; /* scratch: JSON text */
    uint64_t text_cap;
};

/* Make FILE, with all columns that the schema knows. */
sl_status sl_pw_file_new(struct sl_format *format, sl_files_out *out, sl_format_file **file);

/* Free it. NULL is fine. */
void sl_pw_file_free(sl_format_file *file);

/* See to it that V is a column of FILE. SL_AGAIN: FILE can't grow any more. */
sl_status sl_pw_file_open(sl_format_file *file, sl_pw_variant *v);

/* Bring columns whose variant got another type or scale in line. SL_AGAIN: FILE can't hold them. */
sl_status sl_pw_file_refresh(sl_format_file *file);

/* Note N entries of the struct or list V at level DEF[i], repetition level 0. */
sl_status sl_pw_file_log(sl_format_file *file, const sl_pw_variant *v, const uint8_t *def,
                         uint32_t n);

/* Note one entry of V. */
sl_status sl_pw_file_log_one(sl_format_file *file, const sl_pw_variant *v, uint32_t rep,
                             uint32_t def);

/* N rows were taken; writes the row group out when it is due. */
sl_status sl_pw_file_rows(sl_format_file *file, uint32_t n);

/* Nothing will be added: make FILE ready to be finished. */
sl_status sl_pw_file_settle(sl_format_file *file);

/* Explain RC of the library, and give the status for it. */
sl_status sl_pw_file_failed(sl_format_file *file, int rc);

/* check.c */

/* Look at the rows in FILE->format->rows: make the variants and columns that they need. Rows that
 * can't be held are marked as bad and taken out. SL_AGAIN: only the rows that are left, the first
 * of the chunk, fit; the rest needs a new file. */
sl_status sl_pw_check(sl_format_file *file);

/* The variant that takes the value at P of field F, without making one; NULL: none. */
sl_pw_variant *sl_pw_pick(const sl_pw_field *f, const uint8_t *p);

/* Are the values of the map or list at P all nil? */
int sl_pw_is_hollow(const uint8_t *p);

/* Has any field of the struct V a slot in the batch at hand? */
int sl_pw_struct_has_slots(const sl_format_file *file, const sl_pw_variant *v);

/* Do the rows at hand have a slot for every key? */
int sl_pw_has_slots(const sl_format_file *file);

/* type.c */

/* The number of the decimal at P (an integer or an ext) and its scale, 0 to 38; false when it is
 * none, or does not fit 38 digits. */
int sl_pw_decimal(const uint8_t *p, __int128 *number, int32_t *scale);

/* NUMBER of scale FROM at scale TO; false when digits would be lost or there are more than 38. */
int sl_pw_decimal_scale(__int128 *number, int32_t from, int32_t to);

/* The type that the value at P, which is not nil, has by itself. */
sl_pw_type sl_pw_type_of(const uint8_t *p);

#define SL_PW_NESTING 64u

/* The types of a list's items, and of their items … as bits by level. */
typedef struct sl_pw_items {
    uint32_t mask[SL_PW_NESTING];
    uint32_t inexact; /* levels (bits, the first 32) with an integer that is no double */
    uint32_t is_deep; /* nested beyond what is kept */
} sl_pw_items;

/* Look at the items of the list at P. */
void sl_pw_items_of(const uint8_t *p, sl_pw_items *items);

/* The one type that can hold the items of LEVEL; SL_PW_TYPES: there is none. */
sl_pw_type sl_pw_items_type(const sl_pw_items *items, uint32_t level);

/* shred.c */

/* Append the rows, which were checked. */
sl_status sl_pw_shred(sl_format_file *file);

/* json_text.c */

/* The value at P as JSON text in FILE's scratch: gives it, with SL_PQ_PAD bytes behind; ptr NULL
 * when memory is short. */
sl_pq_bytes sl_pw_json(sl_format_file *file, const uint8_t *p);

/* The exact keys of the columns that are named otherwise, as a JSON object, column → keys: gives it
 * as sl_pw_json does. */
sl_pq_bytes sl_pw_keys(sl_format_file *file);

/* describe.c */

/* Tell of the finished FILE: its schema and the statistics of its columns. */
void sl_pw_describe(const sl_format_file *file, sl_files_info *info);

#endif
