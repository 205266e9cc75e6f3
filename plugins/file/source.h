/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/file/source.h - the source `file`: its instance, its splits, what its parts share.
 *
 * file.c: tables, life cycle, splits in turn; look.c: which splits there are, and their names;
 * follow.c: files that grow. A split is a file, a range of one, or with follow: an inode, whatever
 * its name is at the moment.
 */
#ifndef SL_FILE_SOURCE_H
#define SL_FILE_SOURCE_H
#include "file.h"

#define SL_FILE_BUCKETS 1024u /* of followed files, by inode */
#define SL_FILE_TEXT    256u  /* room for a message */

/* One split of this instance. */
typedef struct sl_file_split {
    struct sl_file_split *next;
    struct sl_file_split *prev;
    struct sl_file_split *chain; /* followed: the next one of its bucket */
    char *path;                  /* followed: NULL until it was seen */
    sl_place place;              /* where reading begins when it is opened next */
    int is_open;
    int is_ended;
    uint32_t number;
    uint64_t extent; /* bytes counted into the total, until it is opened */
    sl_reader reader;
    /* Followed files only. */
    uint64_t device;
    uint64_t inode;
    uint64_t born;      /* the newest look when it was assigned */
    uint64_t seen;      /* the newest look that met it */
    uint64_t quiet;     /* the poll at which it gave nothing */
    int64_t fed_ns;     /* when something came last, or it was opened */
    int64_t gone_ns;    /* when it was first missed; 0: it is there */
    int is_resting;     /* closed: everything was read, as far as one knows */
    int is_told;        /* that it can't be read was logged */
    uint64_t rest_size; /* size and time of change when it was closed */
    int64_t rest_changed_ns;
} sl_file_split;

struct sl_instance {
    const sl_host *host;
    sl_node *node;
    const sl_config *cfg;
    const sl_os *os;
    const sl_key *payload;
    sl_reader_options options;
    uint64_t split_bytes;
    int is_newest;
    int is_restored;
    int64_t poll_ns;
    int64_t linger_ns;
    sl_event *timer;
    sl_metric *total;
    sl_metric *done;
    uint64_t total_bytes;
    uint64_t done_bytes;
    sl_file_split *first;
    sl_file_split *last;
    sl_file_split *turn; /* followed: who is asked next */
    uint32_t nsplit;
    uint64_t found;
    uint64_t looks;     /* begun */
    uint64_t whole;     /* the newest look that came to its end */
    uint64_t polls;     /* times that the timer fired */
    int64_t look_at_ns; /* no look before */
    int needs_look;
    sl_file_split **bucket; /* SL_FILE_BUCKETS; NULL unless followed */
};

/* [inst] Name the splits of all files that match now. SL_E_NOMEM; SL_E_CONFIG when a path of a
 * source that does not follow matches nothing. */
sl_status sl_file_look(sl_instance *self);
/* [inst] Understand NAME, which look gave: set path, place and identity of S, which is empty.
 * SL_E_NOMEM. */
sl_status sl_file_name_read(sl_instance *self, sl_file_split *s, const char *name);
/* [inst] Open S; INFO gets what it is now. -1 with the reason in TEXT (borrowed until the next call
 * of this kind) and the errno in WHY (0: it is no regular file). */
int32_t sl_file_open(sl_instance *self, const sl_file_split *s, sl_file_info *info,
                     const char **text, int *why);
/* [inst] Stop reading S where it is, so that it may be opened again. */
void sl_file_close(sl_file_split *s);
/* [inst] Count BYTES that were read, or that there are in all. */
void sl_file_progress(sl_instance *self, uint64_t read, uint64_t more);
/* [inst] Ask S's reader; counts what it read. */
sl_status sl_file_ask(sl_instance *self, sl_file_split *s, uint64_t bytes, sl_batch **out);

/* [inst] sl_source_ops.next of a source that follows. */
sl_status sl_follow_next(sl_instance *self, uint64_t bytes, sl_batch **out);
/* [inst] A look met the followed file INFO at PATH: note it if it is this instance's. False when it
 * is not. */
int sl_follow_met(sl_instance *self, const char *path, const sl_file_info *info);
/* [inst] Put S among the followed files, or take it out. */
void sl_follow_add(sl_instance *self, sl_file_split *s);
void sl_follow_remove(sl_instance *self, sl_file_split *s);

#endif
