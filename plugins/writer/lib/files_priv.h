/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/writer/lib/files_priv.h - the inside of the file framework, shared by its source files.
 *
 *     object      lives from … to                          owned by
 *     sl_files    create … destroy                         the host, as sl_instance
 *     folder      first row of a partition … swept         sl_files.table
 *     one_file    first row of a file … record emitted     its folder, then sl_files.made
 *     sl_files_out  as its one_file                        the one_file
 *     sl_upload   first full chunk or close … token        the out; the store after finish
 *
 * Everything runs on [inst].
 */
#ifndef SL_WRITER_LIB_FILES_PRIV_H
#define SL_WRITER_LIB_FILES_PRIV_H
#include "escape.h"
#include "partition.h"
#include "writer.h"

#include <sluice/store.h>

#define FILES_PART_BYTES  (8u << 20) /* a chunk of at least this size is sent as a part */
#define FILES_CHUNK_BYTES (64u << 10)
#define FILES_WAITING_MAX 16u /* calls that wait for uploads; more go on without waiting */
#define FILES_QUEUE_MAX   2u  /* full chunks of one file that may wait before calls do */
#define FILES_ALL_ROWS    65536u
#define FILES_NO_GROUP    UINT32_MAX
#define FILES_LANE        0u /* hosts do not tell the lane; the uuid keeps names apart */

typedef struct sl_files sl_files;
typedef struct one_file one_file;
typedef struct folder folder;

/* ---- out.c: bytes to the store --------------------------------------------------------------- */

typedef struct chunk {
    struct chunk *next;
    uint64_t len;
    uint64_t room;
    uint64_t is_sealed; /* given to the store */
    uint8_t data[];
} chunk;

#define OUT_IDLE   0u /* no upload yet */
#define OUT_OPEN   1u /* the upload takes parts */
#define OUT_DONE   2u /* finished: the token is there */
#define OUT_BROKEN 3u /* finish failed: the file must be written anew from the last checkpoint */

struct sl_files_out {
    sl_files *w;
    char *key;
    chunk *first; /* the oldest that is not sent */
    chunk *last;  /* being filled */
    uint64_t bytes;
    uint64_t queued; /* bytes in the chunks */
    uint32_t full;   /* chunks of at least FILES_PART_BYTES */
    uint32_t state;
    uint32_t is_busy;    /* the store will call back */
    uint32_t is_closing; /* no more bytes will come */
    uint32_t rejected;   /* rows that the format has sent off in the add under way */
    sl_status failed;    /* of the store's last operation; the same is tried again */
    sl_upload *upload;
    void *token;
    uint64_t token_len;
};

/* [inst] A new out for KEY (takes it when it succeeds). NULL when memory is short. */
sl_files_out *sl_out_new(sl_files *w, char *key);
/* [inst] Give up: drops the upload if there is one. NULL is fine. */
void sl_out_free(sl_files_out *out);
/* [inst] Send what can be sent; failures stay in out->failed. */
void sl_out_pump(sl_files_out *out);
/* [inst] Bytes of memory in OUT's chunks. */
uint64_t sl_out_memory(const sl_files_out *out);
/* [inst] Try a failed operation once more, unless it can't be. */
void sl_out_again(sl_files_out *out);
/* [inst] Is a store operation of OUT under way, and much waiting behind it? */
int sl_out_is_behind(const sl_files_out *out);

/* ---- files and folders ----------------------------------------------------------------------- */

/* The least and greatest offset of a split whose rows are in a file. */
typedef struct split_range {
    uint32_t split;
    uint32_t first_len;
    uint32_t last_len;
    uint32_t room; /* bytes of each half of DATA */
    uint8_t *data; /* first, then last at ROOM */
} split_range;

struct one_file {
    one_file *next; /* in sl_files.open by age of the last row, oldest first; or in .made */
    one_file *prev;
    folder *in;
    sl_format_file *file; /* NULL once finished */
    sl_files_out *out;
    uint64_t rows;
    uint64_t taken; /* rows and those that were sent off */
    uint64_t held;  /* as it counts in sl_files.held */
    int64_t opened_ns;
    uint32_t is_emitted;
    split_range *split; /* ascending */
    uint32_t nsplits;
    uint32_t split_room;
    uint8_t *values; /* encoded map: the member "partition" */
    uint64_t values_len;
    sl_files_info info;
};

/* A partition that has an open file or rows in the batch at hand. */
struct folder {
    uint64_t hash;
    uint32_t group; /* in the batch at hand; FILES_NO_GROUP */
    uint32_t text_len;
    one_file *file;
    uint8_t *values; /* in the block, behind the text */
    uint64_t values_len;
    char text[]; /* "a=1/b=2", "" without partitions; ends with NUL */
};

/* The rows of the batch at hand that go to one folder. */
typedef struct row_group {
    folder *in;
    uint32_t start; /* in sl_files.row */
    uint32_t count;
    uint32_t done;
} row_group;

/* Values seen in the batch at hand, and the group that they lead to. */
#define NEAR_ROOM 64u
typedef struct near_row {
    uint32_t group; /* FILES_NO_GROUP: empty */
    uint32_t pad;
    part_value value[SL_EXPR_MAX];
} near_row;

struct sl_files {
    const sl_host *host;
    sl_node *node;
    const sl_rows *rows;
    const sl_files_format *format;
    sl_format *fmt;
    const sl_store_ops *ops;
    sl_store *store; /* NULL: not opened yet */
    char *url;
    sl_files_env env;
    sl_expr_set *exprs;
    struct record_keys *keys;
    /* settings */
    uint64_t roll_bytes;
    uint64_t roll_rows;
    int64_t roll_every_ns;
    uint32_t open_max;
    uint64_t buffer_bytes;
    /* folders, open addressing by hash */
    folder **table;
    uint32_t table_room;
    uint32_t table_count;
    folder *root; /* the one folder when there are no partitions */
    /* files */
    one_file *open_first;
    one_file *open_last;
    uint32_t open_count;
    uint64_t held; /* bytes of unfinished files */
    one_file *made_first;
    one_file *made_last;
    uint64_t checkpoint; /* that is expected next */
    uint64_t seq;
    chunk *spare;
    uint32_t busy_count;   /* files with a store operation under way */
    uint32_t failed_count; /* files whose last store operation failed */
    uint16_t *ident;       /* 0, 1, 2 …: the rows of a batch without a selection */
    /* the batch at hand, held from its first row until its last is done */
    sl_batch *batch;
    row_group *group;
    uint32_t ngroups;
    uint32_t group_room;
    uint32_t next_group;
    uint16_t *row;       /* the rows of all groups, group by group */
    uint32_t *row_group; /* of each row that counts */
    uint32_t row_room;
    uint32_t is_dense; /* one group of all records that count; row and row_group are not made */
    near_row *near;    /* NEAR_ROOM of them */
    /* calls */
    sl_call *waiting[FILES_WAITING_MAX]; /* answered when uploads have caught up */
    uint32_t nwaiting;
    sl_call *preparing; /* waits for the last uploads */
    uint64_t prepare_checkpoint;
    void **prepare_token; /* where the host wants it; borrowed until the call is answered */
    uint64_t *prepare_len;
    sl_event *timer;
    sl_status late; /* a failure of the timer, told at the next call */
};

/* [inst] group.c: sort the rows of BATCH into sl_files.group, sending off those whose partition
 * can't be told. On failure nothing has happened. */
sl_status sl_files_group(sl_files *w, sl_batch *batch);
/* [inst] The batch at hand is done: forget its groups, and folders without a file if they are many.
 */
void sl_files_group_end(sl_files *w);
/* [inst] Free all folders. */
void sl_files_folders_free(sl_files *w);

/* [inst] file.c: give the rows of GROUP that are not done to files of its folder. */
sl_status sl_files_add(sl_files *w, row_group *group);
/* [inst] End F: it moves to w->made, or vanishes when it has no rows. */
sl_status sl_files_finish(sl_files *w, one_file *f);
/* [inst] Memory is short: end the file that was longest without a row. False when there is none, or
 * that fails too. */
int sl_files_relieve(sl_files *w);
/* [inst] Free the made files. */
void sl_files_free_made(sl_files *w);
/* [inst] Free all files. */
void sl_files_free_all(sl_files *w);
/* [inst] Try once more what the store has refused; gives the first failure that stays. */
sl_status sl_files_retry(sl_files *w);
/* [inst] End files whose time is up. */
void sl_files_tick(sl_instance *self, void *arg);

/* [inst] An upload has come further: answer the calls that wait for it. */
void sl_files_progress(sl_files *w);

/* [inst] commit.c: open the store if it is not open. */
sl_status sl_files_store(sl_files *w);
/* [inst] Answer the prepare that waits, if it can be. */
void sl_files_prepare_go_on(sl_files *w);
/* [inst] Throw away all files that no token was given for. */
void sl_files_forget(sl_files *w);

/* [inst] record.c: declare the members of file records. False when that fails. */
int sl_record_declare(sl_files *w);
/* [inst] Free what declare made. */
void sl_record_free(sl_files *w);
/* [inst] Emit the records of all files in w->made that have not been, for CHECKPOINT. After a
 * failure the next call goes on where this one ended. */
sl_status sl_record_emit(sl_files *w, uint64_t checkpoint);
/* [inst] Add the offsets of BATCH to F's ranges. */
sl_status sl_record_range(sl_files *w, one_file *f, const sl_batch *batch);
/* [inst] The ranges of F as JSON text (alloc'd, give), for the file's metadata. */
char *sl_record_splits(sl_files *w, const one_file *f);

/* [any] Growth of an array of the host: ITEM bytes each, at least NEED of them. Gives false and
 * leaves all as it was when memory is short. */
int sl_files_grow(sl_files *w, void *array, uint32_t *room, uint32_t need, uint64_t item);

#endif
