/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/file/stream.h - the expanded bytes of a file: plain, gzip or zstd, told by magic bytes.
 */
#ifndef SL_FILE_STREAM_H
#define SL_FILE_STREAM_H
#include <sluice/os.h>
#include <sluice/sdk.h>

typedef struct sl_stream sl_stream;

/* [inst] Read FD (taken: closed with the stream, also when this fails) from its start; DETECT: look
 * for gzip and zstd. At most MAX expanded bytes come (0: any number). Gives NULL when memory is
 * short. */
sl_stream *sl_stream_open(const sl_host *host, sl_node *node, const sl_os *os, int32_t fd,
                          int detect, uint64_t max);
/* [inst] NULL is fine. */
void sl_stream_close(sl_stream *s);
#define SL_STREAM_FAILED  (-1)
#define SL_STREAM_STARVED (-2)

/* [inst] Up to LEN bytes, as many as can be had at once; 0 at the end; SL_STREAM_FAILED when it
 * can't go on: why tells; SL_STREAM_STARVED when a pipe has no more at hand. A later call may find
 * more behind the end of a plain file that grows. */
int64_t sl_stream_read(sl_stream *s, void *buf, uint64_t len);
/* [inst] Leave out N bytes; false when the stream ends or fails before. */
int sl_stream_skip(sl_stream *s, uint64_t n);
/* [inst] Why read gave -1: the dotted code, and a text. Borrowed until close. */
const char *sl_stream_why(const sl_stream *s, const char **code);
/* [inst] Is it something that can't be sought: a pipe, a terminal, a socket? */
int sl_stream_is_pipe(const sl_stream *s);
/* [inst] A pipe may be read once more without blocking. */
void sl_stream_feed(sl_stream *s);
/* [inst] Is it a plain file: neither gzip nor zstd? Known after the first read. */
int sl_stream_is_plain(const sl_stream *s);
/* [inst] Bytes taken from the file so far, before expansion. */
uint64_t sl_stream_taken(const sl_stream *s);
/* [inst] The descriptor; borrowed. */
int32_t sl_stream_fd(const sl_stream *s);

#endif
