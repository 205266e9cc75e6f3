/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/file/file.h - the parts of the sources `file` and `stdin` that they share.
 *
 * A reader turns one split (a file, a range of one, or standard input) into raw records of one
 * block each, cut at a line end where there is one. Its place is a byte of the expanded content.
 * The offset of a split is that place, 8 bytes big-endian. 4 bytes may come behind it that tell
 * whether it is still the same content: of a followed file a check of the bytes before the place,
 * of standard input a number made of device and inode.
 */
#ifndef SL_FILE_FILE_H
#define SL_FILE_FILE_H
#include "stream.h"

#define SL_FILE_BLOCK_MIN 4096u
#define SL_FILE_TAIL      32u /* bytes that are checked */

/* How blocks are made; the same for all splits of an instance. */
typedef struct sl_reader_options {
    uint64_t block;        /* bytes of a block that is aimed at */
    uint64_t whole_max;    /* > 0: one payload for the whole file, at most this big */
    uint64_t max_expanded; /* of a compressed file; 0: any */
    int detect;            /* look for gzip and zstd */
    int follow;            /* the end of the file is not the end of the split */
    int in_order;          /* standard input: SL_STREAM_ORDER */
} sl_reader_options;

/* Where reading begins and ends. */
typedef struct sl_place {
    uint64_t at;    /* the byte of the content that comes first */
    uint64_t end;   /* of a range: its lines start before this byte; UINT64_MAX: to the end */
    uint32_t check; /* what stood behind AT in the offset; 0: unknown */
    int is_fresh;   /* AT may be inside a line, which belongs to the range before: leave it out */
    int is_newest;  /* begin with the first line behind the end that the file has now */
} sl_place;

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
    sl_place place;   /* as opened */
    uint64_t skip;    /* bytes of the content still to be left out */
    uint64_t at;      /* bytes of the content that were given */
    uint8_t *rest;    /* read, but not given */
    uint64_t rest_len;
    uint64_t rest_cap;
    int is_there;   /* reading has come to its first byte */
    int drops_line; /* what comes up to the next line end is left out */
    int is_at_end;  /* the stream has ended */
    int is_starved; /* a pipe has no more at hand */
    int is_final;   /* followed: nothing more will be written */
    int is_stalled; /* followed: reading failed, but may be tried again; why tells */
    int is_changed; /* followed: the content before the place is not what was read */
    uint32_t tail_len;
    uint8_t tail[SL_FILE_TAIL]; /* followed: the last bytes before at */
    char why[160];
} sl_reader;

/* [inst] Read FD (taken, also on failure) as SPLIT from PLACE on. SL_E_NOMEM. */
sl_status sl_reader_open(sl_reader *r, int32_t fd, uint32_t split, const sl_place *place);
/* [inst] Give up what the reader holds. */
void sl_reader_close(sl_reader *r);
/* [inst] The next raw record, about BYTES long at most. SL_AGAIN: on the way to its place, call
 * again; SL_WAIT: nothing more now; SL_END: the split has ended (also when it failed: then
 * split_failed was called). After SL_E_NOMEM nothing is lost but for a whole file, which must be
 * opened again. */
sl_status sl_reader_next(sl_reader *r, uint64_t bytes, sl_batch **out);
/* [inst] A followed file of plain bytes: are those before the place still what was given? 1 too
 * when that can't be told. */
int sl_reader_is_same(sl_reader *r);
/* [inst] The check for sl_place of what was given so far. */
uint32_t sl_reader_check(const sl_reader *r);

/* The class of the source `stdin`. */
extern const sl_class sl_file_stdin;

#endif
