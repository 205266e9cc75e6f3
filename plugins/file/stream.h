/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/file/stream.h - the expanded bytes of a file: plain, gzip or zstd, told by magic bytes.
 */
#ifndef SL_FILE_STREAM_H
#define SL_FILE_STREAM_H
#include <sluice/os.h>
#include <sluice/sdk.h>

typedef struct sl_stream sl_stream;

#define SL_STREAM_MAGIC 4u /* bytes that tell whether a file is compressed */

/* Flags of sl_stream_open. */
#define SL_STREAM_DETECT 1u /* look for gzip and zstd */
#define SL_STREAM_ORDER  2u /* standard input: read on from where FD stands, and leave it open */
#define SL_STREAM_GROWS  4u /* what ends early is still being written: no failure */

/* Results of sl_stream_read. */
#define SL_STREAM_FAILED  (-1)
#define SL_STREAM_STARVED (-2)

/* Do the LEN bytes at P, the first of a file, say that it is compressed? [any] */
int sl_stream_is_packed(const uint8_t *p, size_t len);
/* [inst] Read FD (taken: closed with the stream, also when this fails, but for SL_STREAM_ORDER)
 * from its start. At most MAX expanded bytes come (0: any number). Gives NULL when memory is short.
 */
sl_stream *sl_stream_open(const sl_host *host, sl_node *node, const sl_os *os, int32_t fd,
                          uint32_t flags, uint64_t max);
/* [inst] NULL is fine. */
void sl_stream_close(sl_stream *s);
/* [inst] Look at the first bytes. 0, or SL_STREAM_FAILED or SL_STREAM_STARVED as read. */
int64_t sl_stream_begin(sl_stream *s);
/* [inst] Up to LEN bytes, as many as can be had at once; 0 at the end; SL_STREAM_FAILED when it
 * can't go on: why tells; SL_STREAM_STARVED when a pipe has no more at hand. A later call may find
 * more behind the end of a file that grows. */
int64_t sl_stream_read(sl_stream *s, void *buf, uint64_t len);
/* [inst] Can any place be read again? Known after begin or read. */
int sl_stream_can_seek(const sl_stream *s);
/* [inst] Go on reading at byte AT; only when can_seek. */
void sl_stream_seek(sl_stream *s, uint64_t at);
/* [inst] The file does not grow any more: what ends early is damaged. */
void sl_stream_settle(sl_stream *s);
/* [inst] Why read gave SL_STREAM_FAILED: the dotted code, and a text. Borrowed until close. */
const char *sl_stream_why(const sl_stream *s, const char **code);
/* [inst] Is it something that can't be sought: a pipe, a terminal, a socket? */
int sl_stream_is_pipe(const sl_stream *s);
/* [inst] A pipe may be read once more without blocking. */
void sl_stream_feed(sl_stream *s);
/* [inst] Bytes read from the file so far, before expansion. */
uint64_t sl_stream_taken(const sl_stream *s);
/* [inst] The descriptor; borrowed. */
int32_t sl_stream_fd(const sl_stream *s);

#endif
