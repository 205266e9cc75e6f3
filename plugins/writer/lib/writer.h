/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/writer/lib/writer.h - what all writers of files share.
 *
 * A writer plugin (parquet, csv, json) brings a format: how records become the bytes of one file.
 * All the rest is here: settings, partitions, file names, rolling, uploads in parts, prepare and
 * commit, file records. The plugin's class is made of the slots below and a create of one line:
 *
 *     static const sl_setting settings[] = {SL_FILES_SETTINGS, {own…}, SL_SETTINGS_END};
 *     static sl_status create(host, node, cfg, self)
 *     {
 *         return sl_files_create(host, node, cfg, &format, self);
 *     }
 *     static const sl_class writer = {.size = sizeof writer, .flags = SL_FILES_FLAGS,
 *         .kind = SL_CLASS_TRANSFORM, .id = "csv", .settings = settings, .create = create,
 *         SL_FILES_SLOTS};
 *
 * Link plugins/writer/lib/libwriter.la. Everything here is [inst]. docs/file-record.md tells what a
 * file record holds; README.md how the pieces work together.
 */
#ifndef SL_WRITER_LIB_WRITER_H
#define SL_WRITER_LIB_WRITER_H
#include <sluice/sdk.h>
#ifdef __cplusplus
extern "C" {
#endif

typedef struct sl_format sl_format;           /* the plugin's side: one per instance */
typedef struct sl_format_file sl_format_file; /* the plugin's side: one per file being written */
typedef struct sl_files_out sl_files_out;     /* where the bytes of one file go */

/* One partition expression, as the user wrote it. */
typedef struct sl_files_part {
    const char *name;    /* of the folder: NAME=value */
    const char *text;    /* the expression without AS: "day(ts)" */
    const sl_path *path; /* what it reads, on input port 0 */
    uint32_t is_column; /* it is the plain value of PATH: a table need not have that column twice */
    uint32_t pad;
} sl_files_part;

/* What a format gets to know; borrowed until destroy. */
typedef struct sl_files_env {
    const sl_host *host;
    sl_node *node;
    const sl_files_part *part;
    uint32_t nparts;
    uint32_t pad;
} sl_files_env;

/* A pair for the file's own metadata, if the format has a place for it: sluice.graph, sluice.node,
 * sluice.epoch, sluice.checkpoint, sluice.splits (JSON: split → [first, last] offset in hex). */
typedef struct sl_files_meta {
    const char *key;
    const char *value;
} sl_files_meta;

/* Encoded msgpack in the making. STATUS keeps the first failure; from then on nothing is added. */
typedef struct sl_files_buf {
    const sl_files_env *env;
    uint8_t *data;
    uint64_t len;
    uint64_t room;
    sl_status status;
    uint32_t count; /* items so far, where the function that fills the buffer counts them */
} sl_files_buf;

/* What finish tells of a file, beside what the framework knows. Fill it with sl_files_column and
 * sl_files_field; left empty, the record has no column statistics and no schema. */
typedef struct sl_files_info {
    sl_files_buf columns;
    sl_files_buf schema;
} sl_files_info;

/* A format. Only functions; no slot may be NULL. */
typedef struct sl_files_format {
    uint64_t size;
    const char *name; /* "parquet": the member "format" of file records */
    /* In create: read own settings, declare paths on input port 0 (also "*"). No I/O. Gives SELF.
     * ENV is borrowed until destroy. */
    sl_status (*create)(const sl_files_env *env, const sl_config *cfg, sl_format **self);
    /* Free it; no file is open. NULL is fine. */
    void (*destroy)(sl_format *self);
    /* What file names end in, without the dot: "ndjson.zst". Borrowed until destroy. */
    const char *(*suffix)(const sl_format *self);
    /* Start a file whose bytes go to OUT (borrowed until finish or drop). Gives FILE. May write
     * (a magic number); must not do I/O of its own. */
    sl_status (*begin)(sl_format *self, sl_files_out *out, sl_format_file **file);
    /* Take in the N records ROW (ascending) of BATCH; ROW NULL: the records 0 to N-1. BATCH is
     * borrowed for the call; ref it to keep it. DONE is 0 at entry.
     * Rows that can't be written are sent off with sl_files_reject, and the call goes on.
     * SL_OK: all rows are done.
     * SL_AGAIN: the first *DONE rows are done; finish this file, the rest belongs in a new one
     * (the schema has grown past what this file can hold). A fresh file must take at least one.
     * SL_E_NOMEM, SL_E_RETRY: the first *DONE rows are done and the file is whole; the rest is
     * given again later. Other failures: FILE is broken, as SL_E_FATAL. */
    sl_status (*add)(sl_format_file *file, sl_batch *batch, const uint16_t *row, uint32_t n,
                     uint32_t *done);
    /* About how many bytes FILE would still write if it were finished now: for roll.size and for
     * the limit on memory. Called after each add: cheap. */
    uint64_t (*held)(const sl_format_file *file);
    /* Write the rest, with the N pairs META in the file's metadata; fill INFO. Takes FILE when it
     * gives SL_OK. SL_E_NOMEM: may be called again or dropped; other failures: will be dropped. */
    sl_status (*finish)(sl_format_file *file, const sl_files_meta *meta, uint32_t n,
                        sl_files_info *info);
    /* Free FILE without writing. NULL is fine. */
    void (*drop)(sl_format_file *file);
} sl_files_format;

/* ---- for formats: bytes out, rows refused ---------------------------------------------------- */

/* Append LEN bytes to the file; copies. SL_E_NOMEM: none of them was taken. Failures of the store
 * come out elsewhere, never here. */
sl_status sl_files_put(sl_files_out *out, const void *data, uint64_t len);

/* At least WANT bytes (GOT of them) to write into directly, borrowed until the next call on OUT;
 * then sl_files_used. NULL when memory is short. WANT at most 4 MiB. */
void *sl_files_room(sl_files_out *out, uint64_t want, uint64_t *got);

/* The first LEN bytes of what sl_files_room gave are now part of the file. */
void sl_files_used(sl_files_out *out, uint64_t len);

/* Bytes of the file so far. */
uint64_t sl_files_bytes(const sl_files_out *out);

/* In add: the N records ROW of BATCH go to dead letters. They count as done. */
void sl_files_reject(sl_files_out *out, sl_batch *batch, const uint16_t *row, uint32_t n,
                     const char *code, const char *why);

/* ---- for formats: what finish tells ---------------------------------------------------------- */

/* Append to BUF: LEN encoded bytes; one value. No-ops once BUF has failed. */
void sl_files_buf_raw(sl_files_buf *buf, const void *data, uint64_t len);
/* See sl_files_buf_raw. */
void sl_files_buf_str(sl_files_buf *buf, const void *text, uint64_t len);
/* See sl_files_buf_raw. */
void sl_files_buf_i64(sl_files_buf *buf, int64_t v);
/* See sl_files_buf_raw. */
void sl_files_buf_bool(sl_files_buf *buf, int v);
/* See sl_files_buf_raw. */
void sl_files_buf_nil(sl_files_buf *buf);
/* The header of a map of N pairs, of an array of N items; they follow. */
void sl_files_buf_map(sl_files_buf *buf, uint64_t n);
/* See sl_files_buf_map. */
void sl_files_buf_array(sl_files_buf *buf, uint64_t n);

/* Statistics of one leaf column. PATH: names joined with dots. TYPE: as in the schema. NULLS < 0:
 * not known. MIN, MAX: one encoded value each, NULL when not known. */
void sl_files_column(sl_files_info *info, const char *path, uint64_t path_len, const char *type,
                     int64_t nulls, const sl_bytes *min, const sl_bytes *max);

/* The schema, in pre-order: sl_files_fields with the number of top-level fields, then for each
 * field sl_files_field with the number of its children, followed by these. TYPE: bool, int64,
 * uint64, double, decimal(p,s), string, bytes, date, time, timestamp, timestamptz, uuid, json,
 * list (1 child: element), map (2 children: key, value), struct (n children). */
void sl_files_fields(sl_files_info *info, uint32_t n);
/* See sl_files_fields. */
void sl_files_field(sl_files_info *info, const char *name, uint64_t name_len, const char *type,
                    int nullable, uint32_t children);

/* ---- for the class --------------------------------------------------------------------------- */

/* Makes the instance: the create slot of a writer's class calls it with its format. */
sl_status sl_files_create(const sl_host *host, sl_node *node, const sl_config *cfg,
                          const sl_files_format *format, sl_instance **self);

/* The slots of sl_class, as documented there. */
sl_status sl_files_open(sl_instance *self, sl_call *call);
/* See sl_class. */
void sl_files_close(sl_instance *self);
/* See sl_class. */
void sl_files_destroy(sl_instance *self);
/* See sl_class. Emits a file record on port 0 for each file. */
sl_status sl_files_prepare(sl_instance *self, sl_call *call, uint64_t checkpoint, void **token,
                           uint64_t *len);
/* See sl_class: the number of the last checkpoint, so that names go on where they were. */
sl_status sl_files_snapshot(sl_instance *self, uint64_t checkpoint, void **state, uint64_t *len);
/* See sl_class. */
sl_status sl_files_restore(sl_instance *self, const void *state, uint64_t len);
/* See sl_class. Makes the files visible. */
sl_status sl_files_commit(sl_instance *self, sl_call *call, const void *token, uint64_t len);
/* See sl_class. Throws the files away. */
sl_status sl_files_abort(sl_instance *self, sl_call *call, const void *token, uint64_t len);
/* The table of the kind: process, advance, flush. */
extern const sl_transform_ops sl_files_ops;

/* Rows may go to any lane: each has its own files. */
#define SL_FILES_FLAGS SL_P_PARALLEL

#define SL_FILES_SLOTS                                                                             \
    .ops = &sl_files_ops, .open = sl_files_open, .close = sl_files_close,                          \
    .destroy = sl_files_destroy, .prepare = sl_files_prepare, .snapshot = sl_files_snapshot,       \
    .restore = sl_files_restore, .commit = sl_files_commit, .abort = sl_files_abort

/* The children of "roll". */
extern const sl_setting sl_files_roll_settings[];

/* The settings that every writer has: to, partition, roll {size, rows, every}, open_files, buffer.
 * A macro of this length because settings of a class are one constant table. */
#define SL_FILES_SETTINGS                                                                          \
    {.size = sizeof(sl_setting),                                                                   \
     .type = SL_T_URL,                                                                             \
     .flags = SL_S_REQUIRED,                                                                       \
     .name = "to",                                                                                 \
     .brief = "where the table lies: a folder, or the URL of one in a store",                      \
     .details = "Files go below it and become visible at each checkpoint, whole or not at all.",   \
     .example = "file:///srv/lake/clicks"},                                                        \
        {.size = sizeof(sl_setting),                                                               \
         .type = SL_T_LIST,                                                                        \
         .item = SL_T_STRING,                                                                      \
         .name = "partition",                                                                      \
         .brief = "what divides the table into folders NAME=value",                                \
         .details = "Each is a field, or `year`, `month`, `day` or `hour` of one, with `AS name` " \
                    "to name the folder. A field that holds a number of an epoch needs its unit: " \
                    "`day(ts, ms)`. Absent, null and empty values go to the folder "               \
                    "`NAME=__HIVE_DEFAULT_PARTITION__`; a value that has no text or no time goes " \
                    "with its record to the dead letters (writer.partition).",                     \
         .example = "[ \"day(at) AS dt\", country ]"},                                             \
        {.size = sizeof(sl_setting),                                                               \
         .type = SL_T_GROUP,                                                                       \
         .name = "roll",                                                                           \
         .brief = "when a file ends before the checkpoint does",                                   \
         .child = sl_files_roll_settings},                                                         \
        {.size = sizeof(sl_setting),                                                               \
         .type = SL_T_INT,                                                                         \
         .flags = SL_S_ADVANCED,                                                                   \
         .name = "open_files",                                                                     \
         .fallback = "100",                                                                        \
         .min = "1",                                                                               \
         .max = "10000",                                                                           \
         .brief = "partitions written at the same time in one lane",                               \
         .details = "One more ends the file that was longest without a row."},                     \
    {                                                                                              \
        .size = sizeof(sl_setting), .type = SL_T_SIZE, .flags = SL_S_ADVANCED, .name = "buffer",   \
        .fallback = "256MiB", .min = "1MiB",                                                       \
        .brief = "bytes of unfinished files held in one lane",                                     \
        .details = "Above it the file that was longest without a row ends."                        \
    }

#ifdef __cplusplus
}
#endif
#endif
