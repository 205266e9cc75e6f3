/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/local/catalog.h - the inside of the sink "local", shared by its source files.
 *
 *     object    lives from … to                             owned by
 *     catalog   create … destroy                            the host, as sl_instance
 *     table     first file record, or a token that names it the catalog
 *     task      a prepare, commit or abort … its answer     itself
 *
 * A task is a chain of steps. A step starts at most one store operation and names the step that
 * follows; it gets the status of the operation that the step before it started.
 */
#ifndef SL_LOCAL_CATALOG_H
#define SL_LOCAL_CATALOG_H
#include "meta.h"

#include <sluice/store.h>

typedef struct catalog catalog;
typedef struct table table;
typedef struct task task;
typedef sl_status (*task_step)(task *k, sl_status last);

struct table {
    table *next;
    const sl_store_ops *ops;
    sl_store *store; /* NULL: not opened yet */
    meta_head head;
    uint32_t is_loaded; /* HEAD is what the store has, or what we have prepared on top of it */
    uint32_t pad;
    meta_delta delta; /* since the last prepare */
    /* the version that prepare has uploaded */
    void *token;
    uint64_t token_len;
    uint64_t token_checkpoint;
    char url[];
};

struct catalog {
    const sl_host *host;
    sl_node *node;
    const char *url; /* the setting table; "": as the records say */
    table *tables;
    sl_batch *batch; /* a batch that was taken in half */
    uint32_t batch_row;
    uint32_t pad;
};

/* One table's part of a token, taken apart; borrowed from the token. */
typedef struct token_entry {
    sl_bytes url;
    sl_bytes upload; /* the store's token */
    sl_bytes lines;
    sl_bytes schema;
    sl_bytes fields;
    sl_bytes offsets;
    uint64_t version;
    uint64_t checkpoint;
    uint64_t epoch;
    uint64_t files;
    uint64_t rows;
    uint64_t bytes;
    char commit[META_COMMIT_ID];
} token_entry;

/* [inst] The table at URL (LEN bytes): found, or made. NULL when memory is short. */
table *catalog_table(catalog *c, const void *url, uint64_t len);
/* [inst] Open T's store if it is not open. */
sl_status table_open(catalog *c, table *t);
/* [inst] Forget what is known of the store's state. */
void table_forget(table *t);

/* [inst] Append T, whose version is uploaded, to a token. */
void token_put(jbuf *out, const table *t, const meta_who *who);
/* [inst] Start a token for COUNT tables. */
void token_head(jbuf *out, uint32_t count);
/* [any] The number of tables in a token; -1: it is none of ours or damaged. AT: the first. */
int64_t token_open(const void *token, uint64_t len, sl_bytes *at);
/* [any] The next table of a token; AT moves on. False when it is damaged. */
int token_next(sl_bytes *at, token_entry *out);

/* [inst] See sl_class. */
sl_status catalog_prepare(sl_instance *self, sl_call *call, uint64_t checkpoint, void **token,
                          uint64_t *len);
/* [inst] See sl_class. */
sl_status catalog_commit(sl_instance *self, sl_call *call, const void *token, uint64_t len);
/* [inst] See sl_class. */
sl_status catalog_abort(sl_instance *self, sl_call *call, const void *token, uint64_t len);

#endif
