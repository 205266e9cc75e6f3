/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/file/stream.c - the expanded bytes of a file: plain, gzip or zstd, told by magic bytes.
 *
 * A gzip file may hold several members and a zstd file several frames (skippable ones too); all are
 * read as one. What ends in the middle of a member or frame is an error at that place: the bytes
 * before it were given already. A pipe is read once each time it was fed, since a second read could
 * block; then it is starved. Plain bytes go straight from read(2) into the caller's buffer.
 */
#include "stream.h"

#include <errno.h>
#include <stdio.h>
#include <zlib.h>
#include <zstd.h>

#define STREAM_IN 65536u

enum form { FORM_UNKNOWN, FORM_PLAIN, FORM_GZIP, FORM_ZSTD };

struct sl_stream {
    const sl_host *host;
    const sl_os *os;
    int32_t fd;
    enum form form;
    int is_pipe;
    int is_fed;
    int is_starved;
    int is_ended;  /* the file gave 0 bytes */
    int is_inside; /* in the middle of a member or frame */
    uint64_t max;
    uint64_t given;
    uint64_t taken;
    uint64_t at; /* bytes of in that are used */
    uint64_t got;
    z_stream gzip;
    ZSTD_DCtx *zstd;
    const char *code;
    char why[160];
    uint8_t in[STREAM_IN];
};

sl_stream *sl_stream_open(const sl_host *host, sl_node *node, const sl_os *os, int32_t fd,
                          int detect, uint64_t max)
{
    sl_stream *s = host->alloc(node, sizeof *s);

    if (!s) {
        (void)os->close(fd);
        return NULL;
    }
    memset(s, 0, offsetof(sl_stream, in));
    s->host = host;
    s->os = os;
    s->fd = fd;
    s->form = detect ? FORM_UNKNOWN : FORM_PLAIN;
    s->max = max;
    s->is_pipe = os->pread(fd, s->in, 0, 0) < 0 && errno == ESPIPE;
    return s;
}

/* The next bytes of the file, as they are stored. */
static int64_t take(sl_stream *s, void *buf, uint64_t len)
{
    int64_t n;

    s->is_starved = s->is_pipe && !s->is_fed;
    if (s->is_starved)
        return -1;
    s->is_fed = 0;
    n = s->is_pipe ? s->os->read(s->fd, buf, len) : s->os->pread(s->fd, buf, len, s->taken);
    if (n > 0)
        s->taken += (uint64_t)n;
    return n;
}

void sl_stream_close(sl_stream *s)
{
    if (!s)
        return;
    if (s->form == FORM_GZIP)
        (void)inflateEnd(&s->gzip);
    (void)ZSTD_freeDCtx(s->zstd);
    (void)s->os->close(s->fd); /* read only: nothing can be lost */
    s->host->release(s);
}

static int64_t fail(sl_stream *s, const char *code, const char *what, const char *detail)
{
    if (s->is_starved)
        return SL_STREAM_STARVED;
    s->code = code;
    (void)snprintf(s->why, sizeof s->why, "%s%s%s (after %llu bytes)", what, *detail ? ": " : "",
                   detail, (unsigned long long)s->given);
    return SL_STREAM_FAILED;
}

/* Make sure that in holds something, unless the file has ended. False on failure. */
static int fill(sl_stream *s)
{
    int64_t n;

    if (s->at < s->got)
        return 1;
    n = take(s, s->in, STREAM_IN);
    if (n < 0) {
        (void)fail(s, "file.read", "reading failed", strerror(errno));
        return 0;
    }
    s->at = 0;
    s->got = (uint64_t)n;
    s->is_ended = n == 0;
    return 1;
}

static int begin_gzip(sl_stream *s)
{
    if (inflateInit2(&s->gzip, 15 + 16) != Z_OK) {
        (void)fail(s, "memory", "no memory to expand gzip", "");
        return 0;
    }
    s->form = FORM_GZIP;
    return 1;
}

static int begin_zstd(sl_stream *s)
{
    s->zstd = ZSTD_createDCtx();
    if (!s->zstd) {
        (void)fail(s, "memory", "no memory to expand zstd", "");
        return 0;
    }
    s->form = FORM_ZSTD;
    return 1;
}

/* Look at the first bytes. False on failure. */
static int detect(sl_stream *s)
{
    const uint8_t *p = s->in;

    while (s->got < 4 && !s->is_ended) { /* a pipe may give them one by one */
        int64_t n = take(s, s->in + s->got, STREAM_IN - s->got);

        if (n < 0) {
            (void)fail(s, "file.read", "reading failed", strerror(errno));
            return 0;
        }
        s->is_ended = n == 0;
        s->got += (uint64_t)n;
    }
    if (s->got >= 3 && p[0] == 0x1f && p[1] == 0x8b && p[2] == 8)
        return begin_gzip(s);
    if (s->got >= 4 && ((p[0] == 0x28 && p[1] == 0xb5 && p[2] == 0x2f && p[3] == 0xfd) ||
                        ((p[0] & 0xf0) == 0x50 && p[1] == 0x2a && p[2] == 0x4d && p[3] == 0x18)))
        return begin_zstd(s);
    s->form = FORM_PLAIN;
    return 1;
}

static int64_t read_plain(sl_stream *s, void *buf, uint64_t len)
{
    int64_t n;

    if (s->at < s->got) {
        uint64_t have = s->got - s->at < len ? s->got - s->at : len;

        memcpy(buf, s->in + s->at, have);
        s->at += have;
        return (int64_t)have;
    }
    n = take(s, buf, len);
    return n < 0 ? fail(s, "file.read", "reading failed", strerror(errno)) : n;
}

static int64_t read_gzip(sl_stream *s, void *buf, uint64_t len)
{
    uInt room = len > UINT32_MAX ? UINT32_MAX : (uInt)len;

    s->gzip.next_out = buf;
    s->gzip.avail_out = room;
    for (;;) {
        int rc;

        if (!fill(s))
            return s->is_starved ? SL_STREAM_STARVED : SL_STREAM_FAILED;
        if (s->at == s->got && !s->is_inside)
            return 0;
        s->gzip.next_in = s->in + s->at;
        s->gzip.avail_in = (uInt)(s->got - s->at);
        if (!s->is_inside && inflateReset(&s->gzip) != Z_OK)
            return fail(s, "file.gzip", "the gzip data is damaged", "");
        s->is_inside = 1;
        rc = inflate(&s->gzip, Z_NO_FLUSH); /* may have output left when there is no input */
        s->at = s->got - s->gzip.avail_in;
        if (rc == Z_STREAM_END)
            s->is_inside = 0;
        if (s->gzip.avail_out < room)
            return (int64_t)(room - s->gzip.avail_out);
        if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
            return fail(s, "file.gzip", "the gzip data is damaged", s->gzip.msg ? s->gzip.msg : "");
        if (s->is_inside && s->is_ended)
            return fail(s, "file.truncated", "the gzip data ends too early", "");
    }
}

static int64_t read_zstd(sl_stream *s, void *buf, uint64_t len)
{
    ZSTD_outBuffer out = {buf, len, 0};

    for (;;) {
        ZSTD_inBuffer in;
        size_t rc;

        if (!fill(s))
            return s->is_starved ? SL_STREAM_STARVED : SL_STREAM_FAILED;
        if (s->at == s->got && !s->is_inside)
            return 0;
        in = (ZSTD_inBuffer){s->in, s->got, s->at};
        rc = ZSTD_decompressStream(s->zstd, &out, &in); /* as inflate: output may be left */
        s->at = in.pos;
        if (ZSTD_isError(rc))
            return fail(s, "file.zstd", "the zstd data is damaged", ZSTD_getErrorName(rc));
        s->is_inside = rc != 0;
        if (out.pos)
            return (int64_t)out.pos;
        if (s->is_inside && s->is_ended)
            return fail(s, "file.truncated", "the zstd data ends too early", "");
    }
}

int64_t sl_stream_read(sl_stream *s, void *buf, uint64_t len)
{
    int64_t n;

    if (s->form == FORM_UNKNOWN && !detect(s))
        return s->is_starved ? SL_STREAM_STARVED : SL_STREAM_FAILED;
    if (s->form == FORM_GZIP)
        n = read_gzip(s, buf, len);
    else if (s->form == FORM_ZSTD)
        n = read_zstd(s, buf, len);
    else
        n = read_plain(s, buf, len);
    if (n > 0)
        s->given += (uint64_t)n;
    if (n > 0 && s->form != FORM_PLAIN && s->max && s->given > s->max)
        return fail(s, "file.expanded", "the file expands beyond the limit max_expanded", "");
    return n;
}

int sl_stream_skip(sl_stream *s, uint64_t n)
{
    uint8_t buf[2048];

    if (s->form == FORM_UNKNOWN && !detect(s))
        return 0;
    if (s->form == FORM_PLAIN && !s->is_pipe) {
        uint64_t have = s->got - s->at < n ? s->got - s->at : n;

        s->at += have;
        s->taken += n - have;
        s->given += n;
        return 1;
    }
    while (n) {
        int64_t got = sl_stream_read(s, buf, n < sizeof buf ? n : sizeof buf);

        if (got <= 0)
            return 0;
        n -= (uint64_t)got;
    }
    return 1;
}

const char *sl_stream_why(const sl_stream *s, const char **code)
{
    *code = s->code ? s->code : "file.read";
    return s->why;
}

int sl_stream_is_plain(const sl_stream *s)
{
    return s->form == FORM_PLAIN;
}

uint64_t sl_stream_taken(const sl_stream *s)
{
    return s->taken;
}

int32_t sl_stream_fd(const sl_stream *s)
{
    return s->fd;
}

int sl_stream_is_pipe(const sl_stream *s)
{
    return s->is_pipe;
}

void sl_stream_feed(sl_stream *s)
{
    s->is_fed = 1;
}
