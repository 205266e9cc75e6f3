/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/file/file.h - the parts of the sources `file` and `stdin` that they share.
 *
 * A reader turns one split (a file, a range of one, or standard input) into raw records of one
 * block each, cut at a line end where there is one. Its place is a byte of the expanded content.
 */
#ifndef SL_FILE_FILE_H
#define SL_FILE_FILE_H
#include "stream.h"

#define SL_FILE_BLOCK_MIN 4096u

/* How blocks are made; the same for all splits of an instance. */
typedef struct sl_reader_options {
    uint64_t block;        /* bytes of a block that is aimed at */
    uint64_t whole_max;    /* > 0: one payload for the whole file, at most this big */
    uint64_t max_expanded; /* of a compressed file; 0: any */
    int detect;            /* look for gzip and zstd */
    int follow;            /* the end of the file is not the end of the split */
} sl_reader_options;

/* One split being read. Embedded in the source's own struct; the fields are the reader's. */
typedef struct sl_reader {
    const sl_host *host;
    sl_node *node;
    const sl_os *os;
    const sl_key *payload;
    const sl_reader_options *options;
    sl_stream *stream;
    uint32_t split;
    uint32_t is_done; /* the last row was given */
    uint64_t at;      /* bytes of the content that were given */
    uint64_t end;     /* of a range: its lines start before this byte; UINT64_MAX: to the end */
    uint8_t *rest;    /* read, but behind the last line end */
    uint64_t rest_len;
    uint64_t rest_cap;
    int is_at_end;  /* the stream has ended */
    int is_starved; /* a pipe has no more at hand */
    int is_spent;   /* the last call has read, or taken apart what was kept */
} sl_reader;

/* [inst] Read FD (taken) as SPLIT after byte AT; FRESH: AT may be inside a line, which belongs to
 * the range before: leave it out. END as sl_reader.end. A failure is explained with split_failed.
 */
sl_status sl_reader_open(sl_reader *r, int32_t fd, uint32_t split, uint64_t at, uint64_t end,
                         int fresh);
/* [inst] Give up what the reader holds. */
void sl_reader_close(sl_reader *r);
/* [inst] The next raw record, about BYTES long at most. SL_WAIT: nothing more now; SL_END: the
 * split has ended (also when it failed: split_failed was called). */
sl_status sl_reader_next(sl_reader *r, uint64_t bytes, sl_batch **out);

/* The class of the source `stdin`. */
extern const sl_class sl_file_stdin;

#endif
