/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/local/meta.h - a version of a table's metadata, as text and in memory.
 *
 * _sluice/v<NNNNNNNNNNNN>.json tells what one commit added, with the running totals and the schema.
 * Every META_FULL-th also lists all files from before; "full" points at the newest such one, so the
 * files of a table are those of that version and of the ones after it. The last members are the
 * length of all before them and its CRC-32C: a torn or damaged file is known.
 */
#ifndef SL_LOCAL_META_H
#define SL_LOCAL_META_H
#include "json.h"

#define META_FOLDER    "_sluice/"
#define META_PREFIX    META_FOLDER "v"
#define META_KEY_ROOM  40u
#define META_FULL      100u
#define META_FORMAT    1u
#define META_COMMIT_ID 33u /* 32 hex digits and a NUL */

/* What one checkpoint adds to a table. */
typedef struct meta_delta {
    jbuf lines;   /* a JSON object for each file, ",\n" between */
    jbuf schema;  /* msgpack: the fields of all files, united; empty: none told */
    jbuf last;    /* msgpack: the schema of the last file that was put in, to skip equal ones */
    jbuf fields;  /* JSON: partition_fields of the last file */
    jbuf offsets; /* JSON: split → offset */
    uint64_t files;
    uint64_t rows;
    uint64_t bytes;
    char commit[META_COMMIT_ID];
} meta_delta;

/* Where a table stands. */
typedef struct meta_head {
    uint64_t version; /* 0: there is none yet */
    uint64_t full;    /* the newest version that lists all */
    uint64_t files;
    uint64_t rows;
    uint64_t bytes;
    jbuf schema;    /* msgpack */
    uint64_t epoch; /* of the newest version, if GRAPH and NODE are ours */
    char commit[META_COMMIT_ID];
} meta_head;

/* Who commits. */
typedef struct meta_who {
    const char *table;
    const char *graph;
    const char *node;
    uint64_t epoch;
    uint64_t checkpoint;
} meta_who;

/* [inst] Ready to use; HOST and NODE serve its buffers. */
void meta_delta_init(meta_delta *d, const sl_host *host, sl_node *node);
/* [inst] Empty it, keep the memory. */
void meta_delta_clear(meta_delta *d);
/* [inst] Free its memory. */
void meta_delta_free(meta_delta *d);
/* [inst] The first failure among its buffers. */
sl_status meta_delta_status(const meta_delta *d);
/* [inst] Add the file that the file record RECORD (a map) tells of. SL_E_DATA when it is no file
 * record; then nothing was added. */
sl_status meta_delta_add(meta_delta *d, const sl_val *record);
/* [inst] Note the offsets that the host offers in prepare. */
void meta_delta_offsets(meta_delta *d);

/* [inst] The text of the version after HEAD: with DELTA, and with KEPT (lines, not empty: it is a
 * full one). Appends to OUT. */
void meta_write(jbuf *out, const meta_head *head, const meta_delta *delta, const sl_bytes *kept,
                const meta_who *who);

/* [inst] Read the version in the LEN bytes at TEXT into HEAD. SL_E_DATA: it is damaged;
 * SL_E_CONFIG: a newer sluice wrote it. */
sl_status meta_read(meta_head *head, const meta_who *who, const char *text, uint64_t len);
/* [any] The lines of member NAME ("added", "kept") in a version's TEXT; empty when it has none.
 * Borrowed from TEXT. */
sl_bytes meta_lines(const char *text, uint64_t len, const char *name);

/* [any] The key of version V, and back (0: KEY is none). */
void meta_key(uint64_t v, char out[META_KEY_ROOM]);
/* [any] See meta_key. */
uint64_t meta_key_version(const char *key);

/* [any] CRC-32C of LEN bytes. */
uint32_t meta_crc32c(const void *data, uint64_t len);

/* [inst] Unite the schemas A and B (msgpack lists of fields) into OUT. A field that one of them
 * lacks may be null; int64 and double unite to double; other types that differ become "mixed". */
void meta_unite(jbuf *out, const sl_bytes *a, const sl_bytes *b);

#endif
